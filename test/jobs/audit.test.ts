/** The audit that runs by itself: its differences become a metric, and the owner hears of each set of them once. */
import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from '@jest/globals';
import { createTellOwners } from '../../src/activities/ownerNotice';
import { createAuditActivities } from '../../src/jobs/audit/activities';
import type { Capabilities } from '../../src/providers/capabilities';
import type { BookedPayment } from '../../src/providers/port';
import { createAuditRepository } from '../../src/storage/postgres/audit';
import { createInstallation } from '../../src/storage/postgres/installation';
import { createJobResultsRepository } from '../../src/storage/postgres/jobResults';
import { createNotificationsRepository } from '../../src/storage/postgres/notifications';
import { useShop } from '../storage/postgres/shopDatabase';
import { createChat, inActivity } from './fakes';

const OWNER = 900_002;
const shop = useShop();
let booked: BookedPayment[] = [];
beforeEach(() => {
  booked = [];
});

const CAN: Capabilities = {
  currency: 'RUB',
  paidIn: 'browser',
  severalCharges: false,
  approves: false,
  closes: false,
  refunds: 'any',
  savesMethods: false,
  signsNotifications: false,
};

const money = async (): Promise<BookedPayment> => ({
  ref: randomUUID(),
  claim: { orderId: randomUUID(), installationId: await createInstallation(shop.pool).id() },
  state: 'paid',
  word: 'succeeded',
  amount: { currency: 'RUB', minor: 19_900 },
  refundedMinor: 0,
  createdAt: new Date().toISOString(),
  paidAt: new Date().toISOString(),
});

it('stores what it found, tells the owner once, and again when something else is found or the same comes back', async () => {
  const chat = createChat();
  const jobResults = createJobResultsRepository(shop.pool);
  const { main } = createAuditActivities({
    settings: { REFUND_AFTER: 86_400_000, SUBSCRIPTION_GRACE: 0 },
    auditSources: () => ({
      providers: [
        {
          ...{ id: 'yookassa', label: { ru: 'ЮKassa', en: 'YooKassa' }, account: '100500' },
          can: CAN,
          bookSince: async () => ({ payments: booked, refunds: [] }),
        },
      ],
      database: (read) => read(createAuditRepository(shop.pool)),
      panelOf: () => ({ readAccounts: async () => ({ users: [], isWhole: true, unreadable: new Set<string>() }) }),
    }),
    jobResults,
    tellOwners: createTellOwners({
      telegram: chat.telegram as never,
      notifications: createNotificationsRepository(shop.pool),
      users: shop.users,
      adminIds: [OWNER],
    }),
    now: () => new Date(),
    secondLookMs: 0,
  });
  const found = async () => {
    await inActivity(() => main.compareBooks());
    const { state: _state, foundSince: _since, ...result } = (await jobResults.of('audit'))!;
    return result;
  };

  expect(await found()).toEqual({ differences: {}, unaccounted: {} });
  expect(chat.delivered).toEqual([]);

  booked = [await money()];
  expect(await found()).toEqual({
    differences: { 'money-without-record': 1 },
    unaccounted: { 'yookassa RUB': 19_900 },
  });
  await found();
  expect(chat.to(OWNER)).toEqual([expect.stringContaining(booked[0]!.ref)]);

  booked = [...booked, await money()];
  expect(await found()).toMatchObject({ differences: { 'money-without-record': 2 } });
  expect(chat.to(OWNER)).toHaveLength(2);

  const both = booked;
  booked = [];
  expect(await found()).toEqual({ differences: {}, unaccounted: {} });
  expect(chat.to(OWNER)).toHaveLength(2);

  booked = both;
  await found();
  await found();
  expect(chat.to(OWNER)).toHaveLength(3);
});
