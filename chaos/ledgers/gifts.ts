/**
 * Who must have what of a gift: its money by YooKassa, its days by the panels, and what those it is for have read. Once
 * all of the money is back nobody has its days; while it is kept one person has them, or it can still be claimed.
 */
import type { Pool } from 'pg';
import { isVoucherPromised } from '../buyers/buyer';
import type { Chats } from '../buyers/chats';
import type { GivenGift } from '../buyers/tally';
import { DAYS_BY_PRICE, type FreeDays, type GiftDays, type Ledgers, type PaidForm } from './external';

/** Days that a gift gives by the money that was kept of it, and that money. A part of a day is not counted. */
function keptOf({ payments }: Pick<Ledgers, 'payments'>, { providerRef, days }: GivenGift) {
  const payment = payments.find(({ id }) => id === providerRef);
  if (payment?.status !== 'succeeded') return { days: 0, kopecks: 0 };
  const kopecks = payment.kopecks - payment.refundedKopecks;
  return { days: Math.floor((days * kopecks) / payment.kopecks), kopecks };
}

export function giftDaysOf(
  gifts: readonly GivenGift[],
  ledgers: Pick<Ledgers, 'payments'>,
  chats: Pick<Chats, 'of'>,
): GiftDays {
  const of = new Map<number, FreeDays & { kopecks: number }>();
  for (const gift of gifts) {
    const kept = keptOf(ledgers, gift);
    for (const id of gift.claimants) {
      const sum = of.get(id) ?? { least: 0, most: 0, kopecks: 0 };
      const isTheirs = isVoucherPromised(chats.of(id));
      of.set(id, {
        least: sum.least + (isTheirs ? kept.days : 0),
        // The share of a part that went back is a part of a day, too.
        most: sum.most + kept.days + (kept.days > 0 && kept.days < gift.days ? 1 : 0),
        kopecks: sum.kopecks + (isTheirs ? kept.kopecks : 0),
      });
    }
  }
  return { orders: new Set(gifts.map(({ providerRef }) => providerRef)), of };
}

/** The orders of gifts that can still be claimed according to the shop, by their payments at YooKassa. */
export async function claimableGifts(pool: Pool): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ provider_ref: string }>(
    `SELECT p.provider_ref FROM vouchers v JOIN payments p ON p.id = v.payment_id WHERE v.status = 'issued'`,
  );
  return new Set(rows.map(({ provider_ref }) => provider_ref));
}

export interface GiftJudgement {
  /** Gifts whose money came, and of them: somebody has it, all of the money went back, nobody has claimed it. */
  readonly paid: number;
  readonly claimed: number;
  readonly refunded: number;
  readonly waiting: number;
  /** Fates of gifts, each with how many there were and how many of them were lived through to their end. */
  readonly fates: ReadonlyMap<string, { readonly planned: number; readonly lived: number }>;
  /** Gifts that several people have. */
  readonly oversold: readonly string[];
  /** Gifts that nobody has, that nobody can claim, and whose money was kept. */
  readonly burnt: readonly string[];
  /** Gifts that somebody was told is theirs although its giver has cancelled it. */
  readonly lost: readonly string[];
}

/** @param claimable orders of gifts that can still be claimed according to the shop */
export function judgeGifts(
  { payments, accounts }: Ledgers,
  { gifts, forms }: { readonly gifts: readonly GivenGift[]; readonly forms: readonly PaidForm[] },
  chats: Pick<Chats, 'of'>,
  claimable: ReadonlySet<string>,
): GiftJudgement {
  const orders = new Set(gifts.map(({ providerRef }) => providerRef));
  const payerOf = new Map(forms.map(({ buyerId, providerRef }) => [providerRef, buyerId]));
  const own = new Map<number, number>();
  for (const { id, status, kopecks, refundedKopecks } of payments) {
    const payer = payerOf.get(id);
    if (payer === undefined || orders.has(id) || status !== 'succeeded' || refundedKopecks > 0) continue;
    own.set(payer, (own.get(payer) ?? 0) + (DAYS_BY_PRICE.get(kopecks) ?? 0));
  }
  const daysOf = (buyer: number) =>
    accounts.filter(({ buyerId }) => buyerId === buyer).reduce((sum, { days }) => sum + days, 0);
  const fates = new Map<string, { planned: number; lived: number }>();
  const count = { paid: 0, claimed: 0, refunded: 0, waiting: 0 };
  const [oversold, burnt, lost]: [string[], string[], string[]] = [[], [], []];
  for (const gift of gifts) {
    const fate = fates.get(gift.fate) ?? { planned: 0, lived: 0 };
    fates.set(gift.fate, { planned: fate.planned + 1, lived: fate.lived + (gift.isLivedThrough ? 1 : 0) });
    if (payments.find(({ id }) => id === gift.providerRef)?.status !== 'succeeded') continue;
    const kept = keptOf({ payments }, gift);
    const name = `gift ${gift.providerRef} of ${gift.giverId}, "${gift.fate}"`;
    const told = [...gift.claimants].filter((id) => isVoucherPromised(chats.of(id)));
    const holders = [...gift.claimants].filter(
      // By the hour of the day an account has a day more than was bought.
      (id) => daysOf(id) - (own.get(id) ?? 0) >= Math.max(2, kept.kopecks > 0 ? kept.days : gift.days / 2),
    );
    count.paid += 1;
    if (holders.length > 1) oversold.push(`${name}: ${holders.join(', ')} have it`);
    if (kept.kopecks === 0) {
      count.refunded += 1;
      if (gift.fate === 'claim-races-cancel' && told.length > 0)
        lost.push(`${name}: ${told.join(', ')} was told that it is theirs, and its money went back`);
    } else if (holders.length > 0) count.claimed += 1;
    else if (claimable.has(gift.providerRef)) count.waiting += 1;
    // Who was told and has nothing counts as lost already.
    else if (told.length === 0) burnt.push(`${name}: its money is kept, nobody has it, and nobody can claim it`);
  }
  return { ...count, fates, oversold, burnt, lost };
}
