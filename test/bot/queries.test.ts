/** Every query of the bot, as the user in PostgreSQL that the bot is given: the bot faces the internet. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import type { BotDeps } from '../../src/bot/ports';
import { createBotQueries } from '../../src/bot/queries';
import type { Payment } from '../../src/domain/payment';
import { applyCatalogue } from '../../src/storage/postgres/applyCatalogue';
import { createPool } from '../../src/storage/postgres/pool';
import { createPanelService } from '../../src/support/panelService';
import { createSupportService } from '../../src/support/supportService';
import { promoCode, withPromo } from '../storage/postgres/promos';
import { catalogue, PRICE, useShop } from '../storage/postgres/shopDatabase';
import { oneVoucher } from '../storage/postgres/vouchers';
import { trialOffer } from '../storage/postgres/trials';

const shop = useShop();
let pool: Pool;
let queries: Queries;
let support: BotDeps['support'];
let panels: BotDeps['panels'];
/** Delivered, its key owed. */
let issued: Payment & { subscriptionId: string };

type Queries = ReturnType<typeof createBotQueries>;
/** A query that is missing here does not compile. */
type Calls<Of> = Of extends (...args: never[]) => unknown
  ? () => Promise<unknown>
  : { readonly [Name in keyof Of]-?: Calls<Of[Name]> };

beforeAll(async () => {
  pool = createPool(shop.database.botUrl, { onError: () => undefined });
  queries = createBotQueries(pool);
  support = createSupportService({
    pool,
    temporal: undefined,
    paymentWorkflows: {
      progress: async () => undefined,
      operatorDecides: async () => 'woken',
      ensureRunning: async () => undefined,
    },
    refundWorkflows: {
      request: async () => ({}) as never,
      notify: async () => undefined,
      operatorDecides: async () => 'woken',
    },
  });
  panels = createPanelService({ pool, now: () => new Date(), invalidateCatalogue: async () => undefined });
  issued = await shop.issued(await shop.buyer());
});
afterAll(() => pool.end());

const ofBuyer = async (): Promise<number> => issued.userId;
const draft = { locationCode: 'de', planCode: 'month', priceKopecks: PRICE };

const CALLS: Calls<Queries> = {
  freeGrants: {
    trialOffer: async () => expect(await queries.freeGrants.trialOffer()).toBeUndefined(),
    trialOfferFor: async () => {
      await applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer({ perDay: 9 }) });
      expect(await queries.freeGrants.trialOfferFor(await shop.buyer())).toMatchObject({ days: 3, perDay: 9 });
      expect(await queries.freeGrants.trialOfferFor(issued.userId)).toBeUndefined();
      await applyCatalogue(shop.pool, catalogue());
    },
    unseen: async () => expect(await queries.freeGrants.unseen(issued.userId)).toEqual([]),
    recordShownIn: async () => queries.freeGrants.recordShownIn(randomUUID(), [7]),
    trialOf: async () => expect(await queries.freeGrants.trialOf(issued.userId)).toBeUndefined(),
    counted: async () => {
      const of = { kind: 'trial', source: String(issued.userId), userId: issued.userId } as const;
      expect(await queries.freeGrants.counted(of)).toBeUndefined();
    },
    inCase: async () => {
      const source = String(issued.userId);
      expect(await queries.freeGrants.inCase({ kind: 'trial', source })).toEqual([]);
    },
  },
  starCharges: {
    record: async () => {
      const charge = { chargeId: 'stx1', payload: 'p', payerId: 501, stars: 250, chargedAt: new Date() };
      expect(await queries.starCharges.record(charge)).toBe(true);
      expect(await queries.starCharges.record(charge)).toBe(false);
    },
    recordRefunded: async () =>
      expect(await queries.starCharges.recordRefunded('stx-unknown', new Date())).toBeUndefined(),
  },
  staff: { roleOf: async () => expect(await queries.staff.roleOf(1)).toBeUndefined() },
  numbers: {
    byDay: async () => expect((await queries.numbers.byDay('2000-01-01', '2100-01-01')).sums.gross).not.toEqual([]),
    active: async () => expect(await queries.numbers.active()).toMatchObject({ trial: 0 }),
  },
  deskCards: {
    of: async () => expect(await queries.deskCards.of(issued.userId)).toMatchObject({ sums: [{ paidKopecks: PRICE }] }),
    addNote: async () => expect(await queries.deskCards.addNote(issued.userId, 'x', 'operator:1')).toBe(true),
  },
  deskSearch: {
    people: async () => {
      const code = (await oneVoucher(shop.pool)).code;
      const query = { ids: [issued.id], userIds: [issued.userId], name: 'x', voucher: code, referral: 'X', promo: 'X' };
      expect(await queries.deskSearch.people(query, 2)).toMatchObject([{ telegramId: issued.userId, foundBy: 'id' }]);
    },
    hasPromo: async () => expect(await queries.deskSearch.hasPromo('NOSUCH')).toBe(false),
  },
  deskAudit: {
    record: () => queries.deskAudit.record({ actor: 'operator:1', act: 'days', subject: '1', before: {}, after: {} }),
    ofRequest: async () => expect(await queries.deskAudit.ofRequest('1', 'x')).toBeUndefined(),
    recordStranger: () => queries.deskAudit.recordStranger('operator:2', 'days', '1', 'no-role'),
  },
  users: {
    upsert: async () => {
      const person = { telegramId: 77_001, firstName: 'Ann', username: null, language: 'en' } as const;
      expect(await queries.users.upsert(person)).toMatchObject(person);
      expect(await queries.users.upsert({ ...person, firstName: 'Anna' })).toMatchObject({ firstName: 'Anna' });
    },
    setLanguage: async () => {
      await queries.users.setLanguage(issued.userId, 'en');
      expect(await shop.users.byId(issued.userId)).toMatchObject({ language: 'en' });
    },
    setReachable: async () => {
      await queries.users.setReachable(issued.userId, false);
      expect((await shop.users.byId(issued.userId))?.unreachableAt).toBeInstanceOf(Date);
      await queries.users.setReachable(issued.userId, true);
    },
    recordSeen: async () => {
      const buyer = await shop.buyer();
      await queries.users.setReachable(buyer, false);
      await queries.users.setReachable(buyer, true);
      expect(await shop.users.withUnseen(buyer - 1, 1)).toEqual([buyer]);
      await queries.users.recordSeen(buyer);
      expect(await shop.users.withUnseen(buyer - 1, 1)).not.toEqual([buyer]);
    },
    receiptContact: async () => expect(await queries.users.receiptContact(await shop.buyer())).toBeUndefined(),
    setReceiptContact: async () => {
      const contact = { email: 'ann@example.com' } as never;
      await queries.users.setReceiptContact(issued.userId, contact);
      expect(await queries.users.receiptContact(issued.userId)).toBeDefined();
      await queries.users.setReceiptContact(issued.userId, null);
    },
  },
  payments: {
    open: async () => {
      const buyer = await shop.buyer();
      const first = shop.draft(buyer, draft);
      expect(await queries.payments.open(first)).toMatchObject({ outcome: 'created', payment: { status: 'created' } });
      expect(await queries.payments.open({ ...first, paymentId: randomUUID() })).toMatchObject({ outcome: 'existing' });
      // Another place, the first order dismissed, and taken up again.
      const other = shop.draft(buyer, { ...draft, locationCode: 'nl', dismissedOrderId: first.paymentId });
      expect(await queries.payments.open(other)).toMatchObject({ outcome: 'created' });
      expect(
        await queries.payments.open({ ...first, paymentId: randomUUID(), dismissedOrderId: other.paymentId }),
      ).toMatchObject({ outcome: 'existing', payment: { id: first.paymentId } });
      const gift = shop.draft(await shop.buyer(), { ...draft, locationCode: null });
      expect(await queries.payments.open(gift)).toMatchObject({ outcome: 'created', payment: { purpose: 'gift' } });
      const promo = shop.draft(await shop.buyer(), { ...draft, ...withPromo(await promoCode(shop.pool), PRICE) });
      expect(await queries.payments.open(promo)).toMatchObject({ outcome: 'created' });
      const renewal = shop.draft(issued.userId, { renewsSubscriptionId: issued.subscriptionId });
      expect(await queries.payments.open(renewal)).toMatchObject({ outcome: 'created' });
    },
    byId: async () => expect(await queries.payments.byId(issued.id)).toMatchObject({ status: 'issued' }),
    chatOf: async () => expect(await queries.payments.chatOf(issued.id)).toMatchObject({ payment: { id: issued.id } }),
    byProviderRef: async () => expect(await queries.payments.byProviderRef('yookassa', 'unknown')).toBeUndefined(),
    ofUser: async () => expect(await queries.payments.ofUser(issued.userId, 5)).not.toEqual([]),
    ofSubscription: async () =>
      expect(await queries.payments.ofSubscription(issued.subscriptionId)).toMatchObject({ id: issued.id }),
    usageOf: async () => expect(await queries.payments.usageOf(issued.id)).toMatchObject({ isNewest: true }),
    setScreenMessage: async () => {
      await queries.payments.setScreenMessage(issued.id, 4_711);
      expect(await shop.payments.byId(issued.id)).toMatchObject({ screenMessageId: 4_711 });
    },
    unseenScreens: async () => {
      const { id, userId } = await shop.issued(await shop.buyer());
      await queries.payments.setScreenMessage(id, 4_712);
      await queries.notifications.recordKeySent({ id, userId, freeKind: null }, 1);
      expect(await queries.payments.unseenScreens(userId)).toEqual([]);
      await queries.users.setReachable(userId, false);
      expect(await queries.payments.unseenScreens(userId)).toEqual([]);
      await shop.payments.recordEvent(id, 'telegram', 'buyer-unreachable', { message: 'payment-screen' });
      expect(await queries.payments.unseenScreens(userId)).toEqual([id]);
    },
    hasSucceededRefund: async () =>
      expect(await queries.payments.hasSucceededRefund('yookassa', 'unknown')).toBe(false),
  },
  subscriptions: {
    byId: async () => expect(await queries.subscriptions.byId(issued.subscriptionId)).toBeDefined(),
    ofUser: async () => expect(await queries.subscriptions.ofUser(issued.userId)).toHaveLength(1),
    entriesOf: async () =>
      expect(await queries.subscriptions.entriesOf(issued.subscriptionId)).toMatchObject([{ kind: 'purchase' }]),
  },
  catalogue: {
    activeLocations: async () => expect(await queries.catalogue.activeLocations()).toHaveLength(3),
    activeServers: async () => expect(await queries.catalogue.activeServers('de')).toHaveLength(2),
    activePlans: async () => expect(await queries.catalogue.activePlans()).toHaveLength(4),
    clientUrls: async () => expect(await queries.catalogue.clientUrls()).toContain('https://nl-1.example/ClientPath'),
    setSaleStopped: async () => {
      for (const [stopped, changed] of [
        [true, true],
        [true, false],
        [false, true],
      ] as const)
        expect(await queries.catalogue.setSaleStopped('fi-1', stopped, 'operator:1')).toEqual({
          locationCode: 'fi',
          changed,
        });
      expect(await queries.catalogue.setSaleStopped('no-such', true, 'operator:1')).toBeUndefined();
    },
    troubles: async () => expect(await queries.catalogue.troubles()).toEqual(new Map()),
    serversInTrouble: async () => expect(await queries.catalogue.serversInTrouble()).toEqual([]),
  },
  outages: {
    newestOf: async () =>
      expect(await queries.outages.newestOf({ service: 'hiddify', serverCode: 'de-1' })).toBeUndefined(),
  },
  waitingForPanel: {
    of: async () => expect(await queries.waitingForPanel.of('de-1')).toMatchObject({ deliveries: 0, isStopped: false }),
    orders: async () => expect(await queries.waitingForPanel.orders('de-1', 5)).toEqual([]),
    grants: async () => expect(await queries.waitingForPanel.grants('de-1', 5)).toEqual([]),
  },
  owedKeys: {
    ofUser: async () =>
      expect(await queries.owedKeys.ofUser(await ofBuyer())).toMatchObject([{ id: issued.id, freeKind: null }]),
    toSend: async () => expect(await queries.owedKeys.toSend(issued.id)).toMatchObject({ userId: issued.userId }),
  },
  notifications: {
    recordKeySent: async () => {
      const { id, userId } = await shop.issued(await shop.buyer());
      const key = { id, userId, freeKind: null };
      for (const message of [1, 2]) await queries.notifications.recordKeySent(key, message);
      expect(await queries.owedKeys.ofUser(userId)).toEqual([]);
      await queries.notifications.recordKeySent({ id: randomUUID(), userId, freeKind: 'trial' }, 3);
    },
  },
  webhookEvents: {
    store: async () => expect(await stored()).toBeGreaterThan(0),
    handled: async () => {
      const id = await stored();
      await queries.webhookEvents.handled([id], 'ignored');
      expect(await shop.row('webhook_events', 'id = $1', id)).toMatchObject({ outcome: 'ignored' });
    },
  },
  promoOffers: {
    offerOf: async () => {
      const { code } = await promoCode(shop.pool);
      expect(await queries.promoOffers.offerOf(issued.userId, code)).toMatchObject({ terms: { code }, held: [] });
    },
    keep: async () => {
      await queries.promoOffers.keep(issued.userId, 'KEPT', new Date(2_000));
      expect(await queries.promoOffers.codeInHand(issued.userId, new Date(1_000))).toBe('KEPT');
    },
    openOrderWith: async () => expect(await queries.promoOffers.openOrderWith(issued.userId, 'NONE')).toBeUndefined(),
    codesFor: async () => expect(await queries.promoOffers.codesFor(await shop.buyer(), new Date())).toEqual([]),
    codeInHand: async () =>
      expect(await queries.promoOffers.codeInHand(await shop.buyer(), new Date())).toBeUndefined(),
    drop: async () => {
      await queries.promoOffers.drop(issued.userId, 'OTHER');
      expect(await queries.promoOffers.codeInHand(issued.userId, new Date(1_000))).toBe('KEPT');
      await queries.promoOffers.drop(issued.userId, 'KEPT');
      expect(await queries.promoOffers.codeInHand(issued.userId, new Date(1_000))).toBeUndefined();
    },
    hasSeenTerms: async () => {
      expect(await queries.promoOffers.hasSeenTerms(issued.userId)).toBe(true);
      expect(await queries.promoOffers.hasSeenTerms(await shop.buyer())).toBe(false);
    },
    recordTermsSeen: async () => {
      const buyer = await shop.buyer();
      await queries.promoOffers.recordTermsSeen(buyer);
      expect(await queries.promoOffers.hasSeenTerms(buyer)).toBe(true);
    },
  },
  referrals: {
    code: async () => {
      const buyer = await shop.buyer();
      expect(await queries.referrals.code(buyer, '0123456Z')).toBe('0123456Z');
      expect(await queries.referrals.code(buyer, '00000000')).toBe('0123456Z');
      const friend = { telegramId: 77_002, firstName: 'Bob', username: null, language: 'en' } as const;
      await queries.users.upsert({ ...friend, referralCode: '0123456Z' });
      expect(await queries.referrals.standing(buyer)).toMatchObject({ invited: 1 });
    },
    standing: async () => expect(await queries.referrals.standing(1)).toBeUndefined(),
    hasRewardVoucher: async () => expect(await queries.referrals.hasRewardVoucher(1)).toBe(false),
    claim: async () => {
      await queries.referrals.code(await shop.buyer(), '1123456Z');
      expect(await queries.referrals.claim(await shop.buyer(), '1123456Z')).toBe(true);
    },
    invitation: async () => expect(await queries.referrals.invitation(await shop.buyer(), '00000000')).toBeUndefined(),
  },
  gifts: {
    byId: async () => expect(await queries.gifts.byId(randomUUID())).toBeUndefined(),
    sentBy: async () =>
      expect(await queries.gifts.sentBy(await shop.buyer(), 0)).toEqual({ items: [], page: 0, hasNext: false }),
    giversOf: async () => expect((await queries.gifts.giversOf(issued.subscriptionId)).size).toBe(0),
  },
  vouchers: {
    byCode: async () => expect(await queries.vouchers.byCode('0'.repeat(16))).toBeUndefined(),
    hasAnotherOf: async () => {
      const voucher = await oneVoucher(shop.pool, { oncePerPerson: true });
      expect(await queries.vouchers.hasAnotherOf(voucher, await shop.buyer())).toBe(false);
    },
  },
  shopCounts: async () => expect(await queries.shopCounts()).toMatchObject({ revenueToday: expect.any(Object) }),
};

const stored = () =>
  queries.webhookEvents.store({
    provider: 'yookassa',
    remoteAddress: '127.0.0.1',
    body: '{}',
    event: 'payment.succeeded',
    objectId: 'x',
  });

const SUPPORT: Calls<BotDeps['support']> = {
  byId: async () => expect(await support.byId(issued.id)).toBeDefined(),
  find: async () => {
    for (const text of [issued.id, issued.id.slice(0, 8), String(issued.userId)])
      expect((await support.find(text)).map(({ id }) => id)).toContain(issued.id);
    expect(await support.find(randomUUID())).toEqual([]);
  },
  given: async () => expect(await support.given(String(await ofBuyer()), 'en')).toBe(''),
  timeline: async () => expect(await support.timeline(issued, 'en')).toContain(issued.id),
  whyNot: async () => expect(await support.whyNot(issued, 'retry')).toBe('finished'),
  options: async () => expect(await support.options(issued)).toContain('refund'),
  decide: async () => {
    expect(await support.decide(issued, { decision: 'refund', actor: 'operator:900' })).toEqual({
      outcome: 'sent',
      how: 'refund-started',
    });
    expect(await shop.row('audit_log', 'payment_id = $1', issued.id)).toMatchObject({
      actor: 'operator:900',
      details: { outcome: 'refund-started' },
    });
  },
};

const PANELS: Calls<BotDeps['panels']> = {
  list: async () => expect((await panels.list()).map(({ code }) => code)).toContain('nl-1'),
  byCode: async () => expect(await panels.byCode('nl-1')).toMatchObject({ goneAt: null }),
  decide: async () => {
    expect(await panels.decide('nl-1', 'gone', 'operator:900')).toMatchObject({ code: 'nl-1' });
    expect(await panels.byCode('nl-1')).toMatchObject({ goneAt: expect.any(Date) });
    expect(await panels.decide('nl-1', 'back', 'operator:900')).toMatchObject({ code: 'nl-1' });
  },
};

function listed(calls: object, family: string): [string, () => Promise<unknown>][] {
  return Object.entries(calls).flatMap(([name, call]) =>
    typeof call === 'function'
      ? [[`${family}${name}`, call as () => Promise<unknown>]]
      : listed(call as object, `${family}${name}.`),
  );
}

describe('as its own user in PostgreSQL, which may do less than the worker’s, the bot can', () => {
  it.each([...listed(CALLS, ''), ...listed(SUPPORT, 'support.'), ...listed(PANELS, 'panels.')])(
    '%s',
    async (_name, call) => {
      await call();
    },
  );
});
