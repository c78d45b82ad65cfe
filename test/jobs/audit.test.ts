/** The audit that runs by itself: its differences become a metric, and the owner hears of each set of them once. */
import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from '@jest/globals';
import { createTellOwners } from '../../src/activities/ownerNotice';
import type { YooPayment } from '../../src/gateways/yookassa/answers';
import { metadataOf } from '../../src/gateways/yookassa/metadata';
import { createAuditActivities } from '../../src/jobs/audit/activities';
import { createAuditRepository } from '../../src/storage/postgres/audit';
import { createInstallation } from '../../src/storage/postgres/installation';
import { createJobResultsRepository } from '../../src/storage/postgres/jobResults';
import { createNotificationsRepository } from '../../src/storage/postgres/notifications';
import { useShop } from '../storage/postgres/shopDatabase';
import { createChat, inActivity } from './fakes';

const OWNER = 900_002;
const shop = useShop();
let atYooKassa: YooPayment[] = [];
beforeEach(() => {
  atYooKassa = [];
});

const money = async (): Promise<YooPayment> => ({
  id: randomUUID(),
  status: 'succeeded',
  rawStatus: 'succeeded',
  paid: true,
  refundable: true,
  amountKopecks: 19_900,
  currency: 'RUB',
  refundedKopecks: 0,
  createdAt: new Date().toISOString(),
  capturedAt: new Date().toISOString(),
  confirmationUrl: undefined,
  cancellation: undefined,
  receiptRegistration: undefined,
  metadata: metadataOf({ installationId: await createInstallation(shop.pool).id(), paymentId: randomUUID() }),
  test: true,
});

it('stores what it found, tells the owner once, and again when something else is found or the same comes back', async () => {
  const chat = createChat();
  const jobResults = createJobResultsRepository(shop.pool);
  const { main } = createAuditActivities({
    settings: { YOOKASSA_SHOP_ID: '100500', REFUND_AFTER: 86_400_000, SUBSCRIPTION_GRACE: 0 },
    auditSources: () => ({
      yookassa: {
        listPayments: async () => ({ items: atYooKassa, unreadable: [], nextCursor: undefined, answeredAt: undefined }),
        listRefunds: async () => ({ items: [], unreadable: [], nextCursor: undefined, answeredAt: undefined }),
      },
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

  expect(await found()).toEqual({ differences: {}, unaccountedKopecks: 0 });
  expect(chat.delivered).toEqual([]);

  atYooKassa = [await money()];
  expect(await found()).toEqual({ differences: { 'money-without-record': 1 }, unaccountedKopecks: 19_900 });
  await found();
  expect(chat.to(OWNER)).toEqual([expect.stringContaining(atYooKassa[0]!.id)]);

  atYooKassa = [...atYooKassa, await money()];
  expect(await found()).toMatchObject({ differences: { 'money-without-record': 2 } });
  expect(chat.to(OWNER)).toHaveLength(2);

  const both = atYooKassa;
  atYooKassa = [];
  expect(await found()).toEqual({ differences: {}, unaccountedKopecks: 0 });
  expect(chat.to(OWNER)).toHaveLength(2);

  atYooKassa = both;
  await found();
  await found();
  expect(chat.to(OWNER)).toHaveLength(3);
});
