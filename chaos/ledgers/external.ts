/**
 * What became of everybody's money, from YooKassa and the panels alone: YooKassa knows what was paid and refunded, the
 * panels know who may connect and for how long. The shop's own database is not read here, so that every kind of shop,
 * and one whose database is wrong, is judged by the same rule.
 */
import { control } from '../environment/standIns';
import { PLANS, promoPrice, type PanelName } from '../environment/catalogue';

export interface PaidForm {
  readonly buyerId: number;
  readonly providerRef: string;
}

export interface Ledgers {
  readonly payments: readonly {
    readonly id: string;
    readonly status: string;
    readonly kopecks: number;
    readonly refundedKopecks: number;
    readonly purpose: string;
  }[];
  readonly accounts: readonly { readonly buyerId: number; readonly days: number }[];
}

interface WireMoney {
  readonly value: string;
}

const kopecks = (money: WireMoney | undefined): number =>
  money === undefined ? 0 : Math.round(Number(money.value) * 100);

export async function readExternalLedgers(urls: Readonly<Record<'yookassa' | PanelName, string>>): Promise<Ledgers> {
  const payments = await control<
    { id: string; status: string; amount: WireMoney; refunded_amount?: WireMoney; metadata?: Record<string, string> }[]
  >(`${urls.yookassa}/_sim/payments`);
  const accounts = await Promise.all(
    [urls['panel-1'], urls['panel-2']].map((url) =>
      control<{ telegram_id: number | null; package_days: number; enable: boolean }[]>(`${url}/_sim/users`),
    ),
  );
  return {
    payments: payments.map(({ id, status, amount, refunded_amount, metadata }) => ({
      id,
      status,
      kopecks: kopecks(amount),
      refundedKopecks: kopecks(refunded_amount),
      purpose: metadata?.['gigabridge_payment_id'] ?? metadata?.['payment_id'] ?? id,
    })),
    accounts: accounts
      .flat()
      .flatMap(({ telegram_id, package_days, enable }) =>
        enable && telegram_id !== null ? [{ buyerId: telegram_id, days: package_days }] : [],
      ),
  };
}

export interface Judgement {
  /** Payments made at YooKassa, and those of them that were paid. */
  readonly orders: number;
  readonly paid: number;
  readonly refunded: number;
  readonly inKopecks: number;
  readonly refundedKopecks: number;
  /** Buyers whose money was kept without the access that it bought. */
  readonly lost: readonly string[];
  readonly lostKopecks: number;
  /** Buyers with more access than they paid for, or with one order charged twice. */
  readonly doubled: readonly string[];
  /** People without the trial, voucher or reward that is theirs, and with more of it than there is for them. */
  readonly lostFree: readonly string[];
  readonly doubledFree: readonly string[];
  /** People with access who have paid nothing that was kept, and to whom nothing was given. */
  readonly unpaid: readonly string[];
  /** Payments that YooKassa still waits for although their time is over. */
  readonly open: number;
}

/** Days that a payment of so many kopecks buys. */
export const DAYS_BY_PRICE: ReadonlyMap<number, number> = new Map<number, number>(
  PLANS.flatMap(({ priceKopecks, days }) => [
    [priceKopecks, days],
    [promoPrice(priceKopecks), days],
  ]),
);

/** Days that cost nothing: what somebody must have of them, because the shop has said so, and what they may have. */
export interface FreeDays {
  readonly least: number;
  readonly most: number;
}

/** What gifts change for who has which days. */
export interface GiftDays {
  /** Orders whose days are not their payer's. */
  readonly orders: ReadonlySet<string>;
  /** What people must have, and may have, of gifts; and the kept money behind what they must have. */
  readonly of: ReadonlyMap<number, FreeDays & { readonly kopecks: number }>;
}

const NO_GIFTS: GiftDays = { orders: new Set(), of: new Map() };

/**
 * @param forms who sent which payment's form: YooKassa itself knows no Telegram ids
 * @param free what people have for nothing
 * @param gifts what people have that others have paid for
 */
export function judge(
  { payments, accounts }: Ledgers,
  forms: readonly PaidForm[],
  free: ReadonlyMap<number, FreeDays> = new Map(),
  gifts: GiftDays = NO_GIFTS,
): Judgement {
  const payerOf = new Map(forms.map(({ buyerId, providerRef }) => [providerRef, buyerId]));
  const lost: string[] = [];
  const doubled: string[] = [];
  const lostFree: string[] = [];
  const doubledFree: string[] = [];
  const unpaid: string[] = [];
  const kept = new Map<number, { days: number; kopecks: number }>();
  const charges = new Map<string, number>();
  let lostKopecks = 0;
  const paid = payments.filter(({ status }) => status === 'succeeded');
  for (const payment of paid) {
    const left = payment.kopecks - payment.refundedKopecks;
    if (left > 0) charges.set(payment.purpose, (charges.get(payment.purpose) ?? 0) + 1);
    const buyer = payerOf.get(payment.id);
    if (buyer === undefined) {
      lost.push(`nobody knows who paid ${payment.id}`);
      lostKopecks += left;
      continue;
    }
    if (gifts.orders.has(payment.id)) continue;
    const sum = kept.get(buyer) ?? { days: 0, kopecks: 0 };
    // In these runs what somebody buys for themselves is kept or refunded as a whole.
    if (left === payment.kopecks) sum.days += DAYS_BY_PRICE.get(payment.kopecks) ?? 0;
    sum.kopecks += left;
    kept.set(buyer, sum);
  }
  for (const [buyer, { least, kopecks: money }] of gifts.of) {
    const sum = kept.get(buyer) ?? { days: 0, kopecks: 0 };
    kept.set(buyer, { days: sum.days + least, kopecks: sum.kopecks + money });
  }
  for (const [purpose, count] of charges) if (count > 1) doubled.push(`order ${purpose} was charged ${count} times`);
  const access = new Map<number, { days: number; accounts: number }>();
  for (const { buyerId, days } of accounts) {
    const sum = access.get(buyerId) ?? { days: 0, accounts: 0 };
    access.set(buyerId, { days: sum.days + days, accounts: sum.accounts + 1 });
  }
  for (const buyer of new Set([...kept.keys(), ...access.keys(), ...free.keys()])) {
    const { days: bought, kopecks: money } = kept.get(buyer) ?? { days: 0, kopecks: 0 };
    const { days, accounts: count } = access.get(buyer) ?? { days: 0, accounts: 0 };
    if (days < bought) {
      lost.push(`buyer ${buyer}: ${bought} days are paid for, the panels give ${days}`);
      lostKopecks += Math.round((money * (bought - days)) / bought);
    }
    const { least, most: mostFree } = free.get(buyer) ?? { least: 0, most: 0 };
    const gift = gifts.of.get(buyer) ?? { least: 0, most: 0 };
    // Of a gift that several want one has it, and nobody knows who before the panels are asked.
    const most = mostFree + gift.most - gift.least;
    const has = `${bought} days are paid for, the panels give ${days} in ${count} accounts`;
    if (days >= bought && days < bought + least) lostFree.push(`buyer ${buyer}: ${has}, ${least} more were promised`);
    if (bought + most === 0 && count > 0) unpaid.push(`buyer ${buyer}: ${has}`);
    // An account may hold a part of a calendar day more.
    else if (days > bought + most + count) (most > 0 ? doubledFree : doubled).push(`buyer ${buyer}: ${has}`);
  }
  const sum = (of: readonly { kopecks: number }[]) => of.reduce((total, one) => total + one.kopecks, 0);
  return {
    ...{
      orders: payments.length,
      paid: paid.length,
      refunded: paid.filter(({ refundedKopecks }) => refundedKopecks > 0).length,
    },
    ...{ inKopecks: sum(paid), refundedKopecks: paid.reduce((total, one) => total + one.refundedKopecks, 0) },
    ...{
      lost,
      lostKopecks,
      doubled,
      lostFree,
      doubledFree,
      unpaid,
      open: payments.filter(({ status }) => status === 'pending').length,
    },
  };
}
