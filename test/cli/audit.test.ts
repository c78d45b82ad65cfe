/** The audit's comparison, with one difference planted at a time: each must be found, and nothing else. */
import { describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../src/domain/duration';
import type { Money } from '../../src/domain/money';
import type { PanelUser } from '../../src/gateways/hiddify';
import type { BookedPayment, BookedRefund, Claim } from '../../src/providers/port';
import { compareBooks, stillThere } from '../../src/support/audit/compare';
import type { DifferenceKind } from '../../src/support/audit/differences';
import type {
  AuditRules,
  Books,
  GonePanel,
  LedgerEntry,
  LedgerFreeGrant,
  LedgerPayment,
  LedgerProvider,
  LedgerRefund,
  LedgerSubscription,
  LedgerRevocation,
} from '../../src/support/audit/ledger';
import type { LedgerPromo, LedgerPromoUse } from '../../src/support/audit/promoLedger';
import type { OrderTerms } from '../../src/support/audit/orderTerms';
import { renderAudit } from '../../src/support/audit/report';
import type { LedgerVoucher } from '../../src/support/audit/vouchers';

const NOW = new Date('2026-05-10T12:00:00Z');
const PAID_AT = new Date('2026-05-01T12:00:00Z');
/** Of 30 days, what a refund of 99 roubles of 299 takes: whole hours. */
const THIRD = 238 * 3_600_000;
const RULES: AuditRules = {
  now: NOW,
  since: new Date('2026-03-01T00:00:00Z'),
  graceMs: 600_000,
  refundAfterMs: 86_400_000,
  subscriptionGraceMs: 0,
};
const ID = {
  payment: '11111111-0000-4000-8000-000000000001',
  subscription: '22222222-0000-4000-8000-000000000001',
  account: '33333333-0000-4000-8000-000000000001',
  yookassa: '30f428d3-000f-5000-8000-000000000001',
  voucher: '55555555-0000-4000-8000-000000000001',
  refund: '30f436f1-0015-5000-8000-000000000001',
};

const TERMS: OrderTerms = {
  plan: 'month',
  location: 'nl',
  server: 'any',
  days: 30,
  trafficGb: 100,
  priceKopecks: 29_900,
};
const INSTALLATION = '44444444-0000-4000-8000-000000000001';
const OURS = (orderId: string): Claim => ({ orderId, installationId: INSTALLATION });

const payment = (change: Partial<LedgerPayment> = {}): LedgerPayment => ({
  id: ID.payment,
  userId: 7,
  status: 'issued',
  reason: null,
  purpose: 'buy',
  basePriceKopecks: 29_900,
  discountKopecks: 0,
  promoCode: null,
  promoDays: 0,
  priceKopecks: 29_900,
  days: 30,
  trafficGb: 100,
  refundedKopecks: change.status === 'refunded' || change.status === 'refunding' ? 29_900 : 0,
  currency: 'RUB',
  provider: 'yookassa',
  providerRef: ID.yookassa,
  providerAccount: '100500',
  subscriptionId: ID.subscription,
  renewsSubscriptionId: null,
  terms: TERMS,
  deliveredLocation: 'nl',
  confirmed: TERMS,
  createdAt: PAID_AT,
  updatedAt: PAID_AT,
  deliveredAt: PAID_AT,
  keyTold: true,
  acceptedByOperator: false,
  closedByOperator: false,
  ...change,
});
const roubles = (minor: number): Money => ({ currency: 'RUB', minor });
const yoo = (change: Partial<BookedPayment> = {}): BookedPayment => ({
  ref: ID.yookassa,
  claim: OURS(ID.payment),
  state: 'paid',
  word: change.state ?? 'succeeded',
  amount: roubles(29_900),
  refundedMinor: 0,
  createdAt: PAID_AT.toISOString(),
  paidAt: PAID_AT.toISOString(),
  ...change,
});
const yooRefund = (change: Partial<BookedRefund> = {}): BookedRefund => ({
  outcome: 'shown',
  refundRef: ID.refund,
  ref: ID.yookassa,
  chargeId: ID.yookassa,
  claim: OURS(ID.payment),
  attempt: 1,
  amount: roubles(29_900),
  status: 'succeeded',
  reason: null,
  receipt: 'none',
  createdAt: PAID_AT.toISOString(),
  ...change,
});
const refund = (change: Partial<LedgerRefund> = {}): LedgerRefund => ({
  paymentId: ID.payment,
  attempt: 1,
  amountKopecks: 29_900,
  provider: 'yookassa',
  providerRef: ID.refund,
  status: 'succeeded',
  createdAt: PAID_AT,
  isOpen: false,
  isCompleted: change.status === undefined || change.status === 'succeeded',
  ...change,
});
const subscription = (change: Partial<LedgerSubscription> = {}): LedgerSubscription => ({
  id: ID.subscription,
  userId: 7,
  serverCode: 'nl-1',
  planCode: 'month',
  panelUserId: ID.account,
  status: 'active',
  startsAt: PAID_AT,
  prolongedAt: PAID_AT,
  expiresAt: new Date(PAID_AT.getTime() + 30 * DAY_MS),
  panelExpiresAt: new Date(PAID_AT.getTime() + 30 * DAY_MS),
  trafficGb: 100,
  unlimitedUntil: null,
  laterTrafficGb: 0,
  ...change,
});
const account = (change: Partial<PanelUser> = {}): PanelUser => ({
  uuid: ID.account,
  name: 'gb-22222222',
  enable: true,
  isActive: true,
  startDate: '2026-05-01',
  packageDays: 31,
  usageLimitGb: 100,
  currentUsageGb: 3,
  comment: `gigabridge:${ID.subscription}`,
  telegramId: 7,
  lastOnline: null,
  ...change,
});
const revocation = (change: Partial<LedgerRevocation> = {}): LedgerRevocation => ({
  serverCode: 'nl-1',
  panelUserId: ID.account,
  paymentId: ID.payment,
  createdAt: NOW,
  confirmedAt: null,
  ...change,
});

interface Plant {
  /** On the first panel. */
  unreadable?: string[];
  payments?: LedgerPayment[];
  refunds?: LedgerRefund[];
  subscriptions?: LedgerSubscription[];
  /** Without it, what the payments bought and their refunds took. */
  entries?: LedgerEntry[];
  freeGrants?: LedgerFreeGrant[];
  vouchers?: LedgerVoucher[];
  revocations?: LedgerRevocation[];
  promoUses?: LedgerPromoUse[];
  promos?: LedgerPromo[];
  yoo?: BookedPayment[];
  yooRefunds?: BookedRefund[];
  /** Books of other providers. */
  others?: LedgerProvider[];
  onFirst?: PanelUser[];
  onSecond?: PanelUser[];
  runningWorkflows?: string[];
  gonePanels?: GonePanel[];
}

/** What a payment bought, as an entry of the book of grants. */
const grant = (
  { id, subscriptionId, renewsSubscriptionId, days, trafficGb, priceKopecks, currency, terms }: LedgerPayment,
  change: Partial<LedgerEntry> = {},
): LedgerEntry => ({
  id: Number(id.at(-1)),
  subscriptionId: subscriptionId!,
  kind: renewsSubscriptionId === null ? 'purchase' : 'renewal',
  source: id,
  grantId: null,
  at: PAID_AT,
  ms: days * DAY_MS,
  trafficGb,
  usedGb: null,
  kopecks: priceKopecks,
  currency: change.kopecks === 0 ? null : currency,
  planCode: terms.plan,
  whole: false,
  endsWithPurchase: false,
  ...change,
});
/** ... and what refunds took of it. */
const taken = (of: LedgerPayment, kopecks: number, change: Partial<LedgerEntry> = {}): LedgerEntry =>
  grant(of, {
    id: 10 + Number(of.id.at(-1)),
    kind: 'refund',
    source: ID.refund,
    grantId: Number(of.id.at(-1)),
    ms: -of.days * DAY_MS,
    trafficGb: -100,
    kopecks: -kopecks,
    planCode: null,
    whole: true,
    ...change,
  });
const entriesOf = (payments: readonly LedgerPayment[]): LedgerEntry[] => {
  const bought = payments.filter(({ subscriptionId }) => subscriptionId !== null);
  const refunded = bought.filter(({ refundedKopecks }) => refundedKopecks > 0);
  return [...bought.map((one) => grant(one)), ...refunded.map((one) => taken(one, one.refundedKopecks))];
};

/** A voucher of somebody, with what the book has of it. */
const voucher = (change: Partial<LedgerVoucher> = {}): LedgerVoucher => ({
  id: ID.voucher,
  claimedBy: 7,
  days: 30,
  trafficGb: 100,
  given: { userId: 7, subscriptionId: ID.subscription, days: 30, trafficGb: 100 },
  ...change,
});

const books = (plant: Plant): Books => ({
  database: {
    freeGrants: plant.freeGrants ?? [],
    vouchers: plant.vouchers ?? [],
    rewards: [],
    gifts: [],
    voucherCounts: { issued: 0, claimed: 0, revoked: 0, refunded: 0 },
    entries: plant.entries ?? entriesOf(plant.payments ?? [payment()]),
    payments: plant.payments ?? [payment()],
    refunds: plant.refunds ?? [],
    subscriptions: plant.subscriptions ?? [subscription()],
    promoUses: plant.promoUses ?? [],
    promos: plant.promos ?? [],
    freeUses: [],
    openRevocations: plant.revocations ?? [],
    gonePanels: plant.gonePanels ?? [],
    installationId: INSTALLATION,
  },
  providers: [
    {
      ...{ provider: 'yookassa', account: '100500', currency: 'RUB' },
      ...{ payments: plant.yoo ?? [yoo()], refunds: plant.yooRefunds ?? [] },
    },
    ...(plant.others ?? []),
  ],
  panels: [
    { serverCodes: ['nl-1', 'de-1'], accounts: plant.onFirst ?? [account()], unreadable: new Set(plant.unreadable) },
    { serverCodes: ['fi-1'], accounts: plant.onSecond ?? [], unreadable: new Set() },
  ],
  runningWorkflows: plant.runningWorkflows && new Set(plant.runningWorkflows),
});
const find = (plant: Plant) => compareBooks(books(plant), RULES);

/** A trial that made the subscription. */
const freeGrant = (change: Partial<LedgerFreeGrant> = {}): LedgerFreeGrant => ({
  id: ID.refund,
  kind: 'trial',
  source: '4242',
  subscriptionId: ID.subscription,
  status: 'issued',
  givenAt: PAID_AT,
  deliveredAt: PAID_AT,
  keyTold: true,
  ...change,
});
const nothingBought = { subscriptions: [], onFirst: [] };
const returned = {
  payments: [payment({ status: 'refunded' })],
  subscriptions: [subscription({ status: 'revoked', expiresAt: PAID_AT, trafficGb: 1 })],
  onFirst: [],
  yoo: [yoo({ refundedMinor: 29_900 })],
  refunds: [refund()],
  yooRefunds: [yooRefund()],
} satisfies Plant;
/** A third of the money went back; without what it took. */
const partRefunded = {
  payments: [payment({ refundedKopecks: 9_900 })],
  yoo: [yoo({ refundedMinor: 9_900 })],
  refunds: [refund({ amountKopecks: 9_900 })],
  yooRefunds: [yooRefund({ amount: roubles(9_900) })],
} satisfies Plant;
const open = payment({ status: 'pending', subscriptionId: null });
const renewal = (change: Partial<LedgerPayment> = {}): LedgerPayment =>
  payment({
    id: ID.payment.replace(/1$/, '2'),
    providerRef: ID.yookassa.replace(/1$/, '2'),
    purpose: 'renew',
    renewsSubscriptionId: ID.subscription,
    ...change,
  });
const yooOfRenewal = yoo({
  ref: ID.yookassa.replace(/1$/, '2'),
  claim: OURS(ID.payment.replace(/1$/, '2')),
});
const prolonged = {
  subscriptions: [subscription({ expiresAt: new Date(PAID_AT.getTime() + 60 * DAY_MS), trafficGb: 200 })],
  onFirst: [account({ packageDays: 61, usageLimitGb: 200 })],
  yoo: [yoo(), yooOfRenewal],
};

const gbMore = {
  subscriptions: [subscription({ trafficGb: 101 })],
  onFirst: [account({ usageLimitGb: 101 })],
} satisfies Plant;
/** An order with a promo code that took 60 roubles off, and its use. */
const withCode = (change: Partial<LedgerPayment> = {}): LedgerPayment =>
  payment({
    promoCode: 'SALE',
    basePriceKopecks: 35_900,
    discountKopecks: 6_000,
    terms: { ...TERMS, promo: 'SALE', discountKopecks: 6_000, promoDays: 0 },
    confirmed: { ...TERMS, promo: 'SALE', discountKopecks: 6_000, promoDays: 0 },
    ...change,
  });
const use = (change: Partial<LedgerPromoUse> = {}): LedgerPromoUse => ({
  id: 'use-1',
  paymentId: ID.payment,
  code: 'SALE',
  status: 'used',
  ...change,
});
const sale = (change: Partial<LedgerPromo> = {}): LedgerPromo => ({
  code: 'SALE',
  usesTotal: 1,
  usesPerPerson: 1,
  counted: 1,
  mostOfPerson: 1,
  ...change,
});
/** Seven days more by a code, and the subscription with them. */
const withDays = {
  payments: [withCode({ promoDays: 7, basePriceKopecks: 29_900, discountKopecks: 0, terms: TERMS, confirmed: null })],
  promoUses: [use()],
  entries: [
    grant(payment()),
    grant(payment(), { id: 5, kind: 'promo', source: 'use-1', ms: 7 * DAY_MS, trafficGb: 0, kopecks: 0 }),
  ],
  subscriptions: [
    subscription({
      expiresAt: new Date(PAID_AT.getTime() + 37 * DAY_MS),
      panelExpiresAt: new Date(PAID_AT.getTime() + 37 * DAY_MS),
    }),
  ],
  onFirst: [account({ packageDays: 38 })],
} satisfies Plant;
/** A renewal that was paid and is not in the book: the subscription is what the book says. */
const withoutRenewal = {
  entries: [grant(payment())],
  subscriptions: [subscription()],
  onFirst: [account()],
} satisfies Plant;

describe('a database that agrees with YooKassa and the panels', () => {
  it.each<[string, Plant]>([
    ['a delivered purchase', {}],
    ['a purchase with a promo code', { payments: [withCode()], promoUses: [use()], promos: [sale()] }],
    ['days of a promo code', withDays],
    [
      'an order with days of a promo code that is older than the audited span, of a subscription that has ended',
      {
        payments: [renewal()],
        yoo: [yooOfRenewal],
        promoUses: [],
        entries: [...withDays.entries, grant(renewal(), { id: 7, at: new Date(PAID_AT.getTime() + 34 * DAY_MS) })],
        subscriptions: [
          subscription({
            status: 'expired',
            expiresAt: new Date(PAID_AT.getTime() + 67 * DAY_MS),
            prolongedAt: new Date(PAID_AT.getTime() + 34 * DAY_MS),
            panelExpiresAt: null,
            trafficGb: 200,
          }),
        ],
        onFirst: [],
      },
    ],
    [
      'a reward that was revoked before its days were delivered',
      {
        entries: [
          grant(payment()),
          grant(payment(), { id: 5, kind: 'referral', source: ID.refund, ms: 7 * DAY_MS, trafficGb: 24, kopecks: 0 }),
          taken(payment(), 0, { id: 6, grantId: 5, source: 'reward-1', ms: -7 * DAY_MS, trafficGb: -24 }),
        ],
        freeGrants: [freeGrant({ kind: 'referral', source: 'reward-1', status: 'revoked', deliveredAt: null })],
      },
    ],
    ['a delivered purchase and its renewal', { ...prolonged, payments: [payment(), renewal()] }],
    [
      'a renewal that came three days after the end: the gap is not paid for',
      {
        payments: [payment({ createdAt: new Date('2026-03-20') }), renewal()],
        entries: [grant(payment()), grant(renewal(), { at: new Date(PAID_AT.getTime() + 33 * DAY_MS) })],
        subscriptions: [
          subscription({
            expiresAt: new Date(PAID_AT.getTime() + 63 * DAY_MS),
            prolongedAt: new Date(PAID_AT.getTime() + 33 * DAY_MS),
            trafficGb: 200,
          }),
        ],
        onFirst: [account({ packageDays: 64, usageLimitGb: 200 })],
        yoo: [yoo(), yooOfRenewal],
      },
    ],
    [
      'a renewal whose money went back',
      {
        payments: [payment(), renewal({ status: 'refunded' })],
        yoo: [yoo(), { ...yooOfRenewal, refundedMinor: 29_900 }],
        refunds: [refund({ paymentId: renewal().id })],
        yooRefunds: [yooRefund({ ref: yooOfRenewal.ref })],
      },
    ],
    ['money that went back', returned],
    [
      'a third of the money back, and a third of the days',
      {
        payments: [payment({ refundedKopecks: 9_900 })],
        entries: [grant(payment()), taken(payment(), 9_900, { ms: -THIRD, trafficGb: -33, whole: false })],
        subscriptions: [
          subscription({
            trafficGb: 67,
            expiresAt: new Date(PAID_AT.getTime() + 30 * DAY_MS - THIRD),
            panelExpiresAt: new Date(PAID_AT.getTime() + 30 * DAY_MS - THIRD),
          }),
        ],
        onFirst: [account({ packageDays: 21, usageLimitGb: 67 })],
        refunds: [refund({ amountKopecks: 9_900 })],
        yoo: [yoo({ refundedMinor: 9_900 })],
        yooRefunds: [yooRefund({ amount: roubles(9_900) })],
      },
    ],
    [
      'a refund on its way',
      {
        ...returned,
        payments: [payment({ status: 'refunding', updatedAt: NOW })],
        refunds: [refund({ status: 'pending' })],
        yoo: [yoo()],
        yooRefunds: [yooRefund({ status: 'pending' })],
      },
    ],
    [
      'a part of the money on its way back',
      {
        refunds: [refund({ amountKopecks: 9_900, status: 'planned', providerRef: null, createdAt: NOW, isOpen: true })],
      },
    ],
    [
      'a part of the money that YooKassa has been holding since yesterday',
      {
        refunds: [
          refund({
            amountKopecks: 9_900,
            status: 'pending',
            createdAt: new Date(NOW.getTime() - DAY_MS),
            isOpen: true,
          }),
        ],
        yooRefunds: [yooRefund({ amount: roubles(9_900), status: 'pending' })],
      },
    ],
    [
      'a part of the money that was refused once and is asked for again',
      {
        refunds: [
          refund({ amountKopecks: 9_900, status: 'canceled' }),
          refund({
            attempt: 2,
            amountKopecks: 9_900,
            status: 'pending',
            createdAt: NOW,
            isOpen: true,
            providerRef: null,
          }),
        ],
      },
    ],
    ['a link that can still be paid', { ...nothingBought, payments: [open], yoo: [yoo({ state: 'open' })] }],
    ['money that came a moment ago', { ...nothingBought, payments: [open], yoo: [yoo({ paidAt: NOW.toISOString() })] }],
    [
      'a panel away for two hours',
      {
        onFirst: [],
        payments: [payment({ status: 'delayed', updatedAt: new Date(NOW.getTime() - 7_200_000) })],
        subscriptions: [subscription({ status: 'pending' })],
      },
    ],
    [
      'never paid',
      {
        ...nothingBought,
        payments: [payment({ status: 'expired', subscriptionId: null })],
        yoo: [yoo({ state: 'dead' })],
      },
    ],
    [
      'other programs’ payments and other people’s accounts',
      {
        yoo: [yoo(), yoo({ ref: 'x', claim: { orderId: null, installationId: null } })],
        onFirst: [account(), account({ uuid: 'f'.repeat(8), comment: 'my brother' })],
      },
    ],
    ['an account about to be removed', { ...returned, onFirst: [account()], revocations: [revocation()] }],
    [
      'a revocation that was confirmed and is looked at again by the next sync',
      {
        ...returned,
        onFirst: [],
        revocations: [revocation({ createdAt: new Date(NOW.getTime() - 3_600_000), confirmedAt: NOW })],
      },
    ],
    [
      'an operator who gave the money back by other means',
      {
        ...returned,
        payments: [payment({ status: 'refunded', closedByOperator: true })],
        yoo: [yoo()],
        refunds: [refund({ status: 'canceled' })],
        yooRefunds: [],
      },
    ],
    [
      'a trial whose panel makes no key yet',
      {
        payments: [],
        yoo: [],
        onFirst: [],
        subscriptions: [subscription({ status: 'pending' })],
        entries: [grant(payment(), { kind: 'trial', source: ID.refund, kopecks: 0 })],
        freeGrants: [freeGrant({ status: 'delayed', givenAt: new Date(NOW.getTime() - 7_200_000), deliveredAt: null })],
      },
    ],
    [
      'a gift for a key that there is, of which its panel was not told yet',
      {
        ...prolonged,
        yoo: [yoo()],
        onFirst: [account()],
        entries: [grant(payment()), grant(payment(), { kind: 'gift', source: ID.refund, kopecks: 0 })],
        freeGrants: [freeGrant({ kind: 'gift', status: 'given', givenAt: NOW, deliveredAt: null })],
      },
    ],
    [
      'a part of the money that has gone back a moment ago, of which the panel was not told yet',
      {
        payments: [payment({ refundedKopecks: 9_900 })],
        yoo: [yoo({ refundedMinor: 9_900 })],
        refunds: [refund({ amountKopecks: 9_900, createdAt: NOW, isOpen: true })],
        yooRefunds: [yooRefund({ amount: roubles(9_900) })],
        entries: [grant(payment()), taken(payment(), 9_900, { ms: -THIRD, trafficGb: -33, whole: false })],
        subscriptions: [subscription({ expiresAt: new Date(PAID_AT.getTime() + 30 * DAY_MS - THIRD), trafficGb: 67 })],
        onFirst: [account()],
      },
    ],
    [
      'an operator who delivered less money',
      { payments: [payment({ acceptedByOperator: true })], yoo: [yoo({ amount: roubles(100) })] },
    ],
  ])('%s', (_name, plant) => {
    expect(find(plant).differences).toEqual([]);
  });
});

describe('a planted difference is found', () => {
  it.each<[string, DifferenceKind[], Plant]>([
    ['paid, but the database does not know the payment', ['money-without-record'], { payments: [], ...nothingBought }],
    ['paid an hour ago and nobody noticed', ['money-not-noticed'], { ...nothingBought, payments: [open] }],
    [
      'paid after the database says it has ended',
      ['money-after-the-end'],
      { ...nothingBought, payments: [payment({ status: 'expired', subscriptionId: null })] },
    ],
    ['delivered, although YooKassa says canceled', ['no-money-behind-it'], { yoo: [yoo({ state: 'dead' })] }],
    ['delivered for a payment that YooKassa has never seen', ['not-at-provider'], { yoo: [] }],
    [
      'delivered with no payment of YooKassa at all',
      ['no-money-behind-it'],
      { payments: [payment({ providerRef: null })], yoo: [] },
    ],
    [
      'ordered elsewhere than confirmed',
      ['other-than-confirmed'],
      { payments: [payment({ confirmed: { ...TERMS, location: 'de' }, deliveredLocation: 'de' })] },
    ],
    [
      'delivered elsewhere than confirmed',
      ['other-than-confirmed'],
      { payments: [payment({ deliveredLocation: 'de' })] },
    ],
    ...[
      { server: 'nl-1' },
      { days: 60 },
      { trafficGb: null },
      { priceKopecks: 9_900 },
      { currency: 'XTR' },
      { provider: 'stars' },
      { renews: ID.subscription },
    ].map((terms): [string, DifferenceKind[], Plant] => [
      `confirmed with ${JSON.stringify(terms)}, and ordered otherwise`,
      ['other-than-confirmed'],
      { payments: [payment({ confirmed: { ...TERMS, ...terms } })] },
    ]),
    ['a promo code used more often than it may be', ['promo-oversold'], { promos: [sale({ counted: 2 })] }],
    ['a promo code used by one person too often', ['promo-oversold'], { promos: [sale({ mostOfPerson: 2 })] }],
    ['an order with a code that holds no use of it', ['wrong-promo-use'], { payments: [withCode()] }],
    ['a use of another code', ['wrong-promo-use'], { payments: [withCode()], promoUses: [use({ code: 'OTHER' })] }],
    ['a use by an order without a code', ['wrong-promo-use'], { promoUses: [use()] }],
    [
      'a use that is still reserved although the order is delivered',
      ['wrong-promo-use'],
      { payments: [withCode()], promoUses: [use({ status: 'reserved' })] },
    ],
    [
      'a use that was given back although the order is delivered',
      ['wrong-promo-use'],
      { payments: [withCode()], promoUses: [use({ status: 'returned' })] },
    ],
    [
      'days of a promo code that the order does not have',
      ['wrong-grant'],
      { ...withDays, payments: [withCode({ promoDays: 8, terms: TERMS, confirmed: null })] },
    ],
    [
      'days that no use of a promo code stands behind',
      ['grant-without-money'],
      { ...withDays, payments: [payment()], promoUses: [] },
    ],
    [
      'another code than was confirmed',
      ['other-than-confirmed'],
      { payments: [withCode({ confirmed: TERMS })], promoUses: [use()] },
    ],
    [
      'a discount that is not what the base price and the price say',
      ['wrong-price'],
      { payments: [payment({ discountKopecks: 1 })] },
    ],
    ['one kopeck too little', ['wrong-amount'], { yoo: [yoo({ amount: roubles(29_899) })] }],
    ['a voucher that was claimed and gave nothing', ['wrong-voucher'], { vouchers: [voucher({ given: null })] }],
    [
      'a voucher whose grant somebody else has',
      ['wrong-voucher'],
      { vouchers: [voucher({ given: { ...voucher().given!, userId: 8 } })] },
    ],
    ['a voucher that gave fewer days', ['wrong-voucher'], { vouchers: [voucher({ days: 31 }), voucher()] }],
    ['a second link for one purchase', ['doubled-link'], { yoo: [yoo(), yoo({ ref: 'second', state: 'open' })] }],
    ['one purchase charged twice', ['doubled-charge'], { yoo: [yoo(), yoo({ ref: 'second' })] }],
    [
      'recorded as refunded, but YooKassa kept the money',
      ['refund-missing', 'refund-missing'],
      { ...returned, yoo: [yoo()], yooRefunds: [] },
    ],
    [
      'refunded in the cabinet, still delivered',
      ['refund-not-recorded'],
      { yoo: [yoo({ refundedMinor: 29_900 })], yooRefunds: [yooRefund()] },
    ],
    [
      'a refund that YooKassa refused',
      ['refund-refused'],
      {
        ...returned,
        payments: [payment({ status: 'refunding' })],
        refunds: [refund({ status: 'canceled' })],
        yoo: [yoo()],
        yooRefunds: [],
      },
    ],
    ['refunds of different size', ['refund-amount'], { ...returned, refunds: [refund({ amountKopecks: 100 })] }],
    [
      'canceled by YooKassa, still waited for',
      ['end-not-noticed'],
      { ...nothingBought, payments: [open], yoo: [yoo({ state: 'dead' })] },
    ],
    [
      'paid for ten days and not delivered',
      ['stuck'],
      { onFirst: [], payments: [payment({ status: 'paid' })], subscriptions: [subscription({ status: 'pending' })] },
    ],
    [
      'the panel away for longer than the deadline',
      ['stuck'],
      { onFirst: [], payments: [payment({ status: 'delayed' })], subscriptions: [subscription({ status: 'pending' })] },
    ],
    [
      'a refund that was never asked for',
      ['stuck'],
      {
        ...returned,
        payments: [payment({ status: 'refunding' })],
        refunds: [refund({ status: 'planned', providerRef: null })],
        yoo: [yoo()],
        yooRefunds: [],
      },
    ],
    [
      'a part of the money that nobody has asked YooKassa for',
      ['stuck'],
      { refunds: [refund({ amountKopecks: 9_900, status: 'planned', providerRef: null, isOpen: true })] },
    ],
    [
      'a part of the money that YooKassa refused to give back',
      ['refund-refused'],
      { refunds: [refund({ amountKopecks: 9_900, status: 'canceled', createdAt: NOW, isOpen: true })] },
    ],
    [
      'an order that never got its link',
      ['stuck'],
      { ...nothingBought, payments: [{ ...open, status: 'created', providerRef: null }], yoo: [] },
    ],
    [
      'unfinished, and no workflow runs',
      ['no-workflow'],
      {
        ...nothingBought,
        payments: [open],
        yoo: [yoo({ state: 'open' })],
        runningWorkflows: [],
      },
    ],
    [
      'delivered, but the subscription is revoked',
      ['issued-without-subscription'],
      { subscriptions: [subscription({ status: 'revoked' })], onFirst: [] },
    ],
    [
      'two subscriptions for one payment: the second one is in no book',
      ['subscription-without-money', 'wrong-term'],
      {
        subscriptions: [subscription(), subscription({ id: 'other', panelUserId: 'other' })],
        onFirst: [account(), account({ uuid: 'other', comment: 'gigabridge:22222222-0000-4000-8000-000000000002' })],
      },
    ],
    [
      'a renewal added twice',
      ['wrong-term'],
      {
        payments: [payment(), renewal()],
        subscriptions: [subscription({ expiresAt: new Date(PAID_AT.getTime() + 90 * DAY_MS), trafficGb: 200 })],
        onFirst: [account({ packageDays: 91, usageLimitGb: 200 })],
        yoo: [yoo(), yooOfRenewal],
      },
    ],
    [
      'a term a millisecond longer than the book says',
      ['wrong-term'],
      { subscriptions: [subscription({ expiresAt: new Date(PAID_AT.getTime() + 30 * DAY_MS + 1) })] },
    ],
    [
      'another last grant than the book’s',
      ['wrong-term'],
      { subscriptions: [subscription({ prolongedAt: new Date(PAID_AT.getTime() + DAY_MS) })] },
    ],
    ['traffic that the book does not know', ['wrong-term'], gbMore],
    ['another plan than the book’s', ['wrong-term'], { subscriptions: [subscription({ planCode: 'year' })] }],
    [
      'money without its grant',
      ['grant-missing'],
      { ...prolonged, payments: [payment(), renewal()], ...withoutRenewal },
    ],
    [
      'a grant that nobody paid for',
      ['grant-without-money'],
      { ...prolonged, yoo: [yoo()], entries: entriesOf([payment(), renewal()]) },
    ],
    [
      'a trial that nobody was given',
      ['grant-without-money'],
      { payments: [], yoo: [], entries: [grant(payment(), { kind: 'trial', source: ID.refund, kopecks: 0 })] },
    ],
    ['a trial that the book does not know', ['grant-missing'], { freeGrants: [freeGrant()] }],
    [
      'a trial whose key is not there after a day',
      ['stuck'],
      {
        payments: [],
        yoo: [],
        entries: [grant(payment(), { kind: 'trial', source: ID.refund, kopecks: 0 })],
        freeGrants: [freeGrant({ status: 'given', deliveredAt: null })],
      },
    ],
    [
      'a trial whose key nobody was sent',
      ['key-not-told'],
      {
        payments: [],
        yoo: [],
        entries: [grant(payment(), { kind: 'trial', source: ID.refund, kopecks: 0 })],
        freeGrants: [freeGrant({ keyTold: false })],
      },
    ],
    ['a grant of another price', ['wrong-grant'], { entries: [grant(payment(), { kopecks: 1 })] }],
    [
      'a refund that took nothing',
      ['wrong-grant'],
      {
        payments: [payment({ refundedKopecks: 9_900 })],
        entries: [grant(payment())],
        refunds: [refund({ amountKopecks: 9_900 })],
        yoo: [yoo({ refundedMinor: 9_900 })],
        yooRefunds: [yooRefund({ amount: roubles(9_900) })],
      },
    ],
    [
      'a refund of a part that took too little of the time',
      ['wrong-grant'],
      {
        ...partRefunded,
        entries: [grant(payment()), taken(payment(), 9_900, { ms: -THIRD / 2, trafficGb: -33, whole: false })],
        subscriptions: [
          subscription({
            trafficGb: 67,
            expiresAt: new Date(PAID_AT.getTime() + 30 * DAY_MS - THIRD / 2),
            panelExpiresAt: new Date(PAID_AT.getTime() + 30 * DAY_MS - THIRD / 2),
          }),
        ],
        onFirst: [account({ packageDays: 26, usageLimitGb: 67 })],
      },
    ],
    [
      'a refund of all that left some of the traffic',
      ['wrong-grant'],
      {
        ...returned,
        entries: [grant(payment()), taken(payment(), 29_900, { trafficGb: -40 })],
        subscriptions: [subscription({ status: 'revoked', expiresAt: PAID_AT, trafficGb: 60 })],
      },
    ],
    ['a renewal paid and not added', ['wrong-term'], { payments: [payment(), renewal()], yoo: [yoo(), yooOfRenewal] }],
    ['delivered, but not on the panel', ['account-missing'], { onFirst: [] }],
    [
      'paid for, on a panel that is gone for good',
      ['access-on-gone-panel'],
      {
        subscriptions: [subscription({ serverCode: 'xx-1' })],
        onFirst: [],
        gonePanels: [{ serverCode: 'xx-1', goneAt: NOW, abandoned: 0 }],
      },
    ],
    [
      'delivered, and the panel never confirmed it',
      ['account-missing'],
      { subscriptions: [subscription({ status: 'pending' })] },
    ],
    ['the account ends a day early', ['account-wrong'], { onFirst: [account({ packageDays: 30 })] }],
    ['the account is switched off', ['account-wrong'], { onFirst: [account({ enable: false })] }],
    ['the account has other traffic', ['account-wrong'], { onFirst: [account({ usageLimitGb: null })] }],
    [
      'an account of ours that nobody knows',
      ['account-without-subscription'],
      { onFirst: [account(), account({ uuid: 'other', comment: 'gigabridge:22222222-0000-4000-8000-000000000009' })] },
    ],
    ['access left after a refund', ['account-after-refund'], { ...returned, onFirst: [account()] }],
    ['a second account on another panel', ['doubled-account'], { onSecond: [account()] }],
    [
      'the account is on the panel that was left',
      ['account-missing', 'account-on-wrong-server'],
      { onFirst: [], onSecond: [account()] },
    ],
    [
      'an account that the panel can’t show is not called missing',
      ['account-unreadable'],
      { onFirst: [], unreadable: [ID.account] },
    ],
    ['two accounts under one subscription', ['doubled-account'], { onFirst: [account(), account({ uuid: 'other' })] }],
    [
      'access that should have been revoked yesterday',
      ['stuck'],
      { ...returned, onFirst: [account()], revocations: [revocation({ createdAt: new Date(NOW.getTime() - DAY_MS) })] },
    ],
    [
      'a revocation that was confirmed and that no sync has looked at again',
      ['stuck'],
      {
        ...returned,
        onFirst: [],
        revocations: [revocation({ createdAt: new Date(NOW.getTime() - DAY_MS), confirmedAt: NOW })],
      },
    ],
    ['delivered without telling the buyer', ['key-not-told'], { payments: [payment({ keyTold: false })] }],
  ])('%s', (_name, kinds, plant) => {
    expect(
      find(plant)
        .differences.map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(kinds.toSorted());
  });
});

describe('G3: the totals', () => {
  it('place every kopeck that came in: delivered, refunded, in progress or unaccounted', () => {
    const { totals } = find({
      payments: [
        payment(),
        payment({ id: 'b', providerRef: 'yb', status: 'refunded', subscriptionId: null }),
        payment({ id: 'c', providerRef: 'yc', status: 'paid', updatedAt: NOW }),
        payment({ id: 'd', providerRef: 'yd', status: 'expired' }),
      ],
      yoo: [
        yoo({ refundedMinor: 900 }),
        yoo({ ref: 'yb', refundedMinor: 29_900 }),
        yoo({ ref: 'yc' }),
        yoo({ ref: 'yd' }),
        yoo({ ref: 'pending', state: 'open' }),
      ],
    });
    expect(totals).toEqual([
      {
        provider: 'yookassa',
        currency: 'RUB',
        in: 4 * 29_900,
        delivered: 29_000,
        refunded: 30_800,
        inProgress: 29_900,
        unaccounted: 29_900,
      },
    ]);
    for (const one of totals) expect(one.in).toBe(one.delivered + one.refunded + one.inProgress + one.unaccounted);
  });

  /** Stars have no digits after the point. */
  const stars = (minor: number): Money => ({ currency: 'XTR', minor });
  const starsBook = (payments: BookedPayment[]): LedgerProvider => ({
    ...{ provider: 'stars', account: 'shop_bot', currency: 'XTR' },
    ...{ payments, refunds: [] },
  });
  const paidInStars = payment({ provider: 'stars', currency: 'XTR', providerAccount: 'shop_bot' });

  it('are of one provider and currency each: nothing is added up that is not the same money', () => {
    const paid = { ...paidInStars, priceKopecks: 250, basePriceKopecks: 250 };
    const { totals, differences } = find({
      payments: [paid, payment({ id: 'c', providerRef: 'yc', status: 'paid', updatedAt: NOW, subscriptionId: null })],
      yoo: [yoo({ ref: 'yc', claim: OURS('c') })],
      others: [starsBook([yoo({ amount: stars(250) })])],
      entries: entriesOf([paid]),
    });
    const none = { delivered: 0, refunded: 0, inProgress: 0, unaccounted: 0 };
    expect(totals).toEqual([
      { ...none, provider: 'stars', currency: 'XTR', in: 250, delivered: 250 },
      { ...none, provider: 'yookassa', currency: 'RUB', in: 29_900, inProgress: 29_900 },
    ]);
    expect(differences).toEqual([]);
  });

  it('do not take the same number of another currency, or the same id of another provider, for the price', () => {
    const inRoubles = find({ yoo: [yoo({ amount: stars(29_900) })] });
    expect(inRoubles.differences).toMatchObject([{ kind: 'wrong-amount', detail: 'asked 299.00 RUB, came 29900 XTR' }]);
    const elsewhere = find({ yoo: [], others: [starsBook([yoo()])] });
    expect(elsewhere.differences.map(({ kind }) => kind).toSorted()).toEqual(['doubled-charge', 'not-at-provider']);
  });

  it('are not known of a provider that is not set up, and its payments are counted', () => {
    const { counted, differences, totals } = find({ payments: [paidInStars], yoo: [] });
    expect(differences).toEqual([]);
    expect(counted.notSetUp).toBe(1);
    expect(totals.map(({ provider, in: came }) => [provider, came])).toEqual([
      ['stars', 0],
      ['yookassa', 0],
    ]);
  });
});

describe('what was in progress during the first reading', () => {
  it('is not reported when the second reading no longer finds it', () => {
    const [first, second] = [
      find({ onFirst: [] }).differences,
      find({ payments: [payment({ keyTold: false })] }).differences,
    ];
    expect(stillThere(first, second)).toEqual([]);
    expect(stillThere(first, find({ onFirst: [] }).differences)).toHaveLength(1);
  });
});

describe('the report', () => {
  it('names every difference with its ids, and no whole account id', () => {
    const text = renderAudit(find({ onFirst: [] }), { since: RULES.since, now: NOW });
    expect(text).toContain(`payment ${ID.payment}`);
    expect(text).toContain(`subscription ${ID.subscription}`);
    expect(text).toContain('account-missing (1)');
    expect(text).not.toContain(ID.account);
    expect(renderAudit(find({}), { since: RULES.since, now: NOW })).toContain('No differences.');
  });
});

it('says of a panel that is gone for good that it was not compared, and how many accounts are not known to be removed', () => {
  const said = renderAudit(find({ gonePanels: [{ serverCode: 'xx-1', goneAt: NOW, abandoned: 3 }] }), RULES);
  expect(said).toContain(
    'not compared: the panel of xx-1, gone for good since 2026-05-10; 3 accounts on it are not known to be removed',
  );
  expect(said).toContain('No differences.');
});
