/** Compares gifts with the orders that paid for them: each is a voucher, a grant or a refund. */
import { grantOf, type PlanGrant } from '../../domain/grant';
import { isOpen, type PaymentStatus } from '../../domain/payment';
import { shareOf } from '../../domain/refund';
import type { VoucherStatus } from '../../domain/voucher/voucher';
import type { Difference } from './differences';
import { grantDifferences } from './vouchers';

/** An order for a gift, and what became of it. */
export interface LedgerGift extends PlanGrant {
  /** The order's id, which is the voucher's. */
  readonly id: string;
  readonly status: PaymentStatus;
  readonly deliveredAt: Date | null;
  readonly planCode: string;
  /** What came at the provider, where a part of it went back; else the price. */
  readonly paidKopecks: number;
  readonly refundedKopecks: number;
  readonly voucher: (PlanGrant & { readonly status: VoucherStatus; readonly planCode: string }) | null;
  /** Of what it had given, what was revoked, and the source of the newest entry that did; `null`: nothing. */
  readonly revoked: {
    readonly ms: number;
    readonly gb: number;
    readonly whole: boolean;
    readonly lastSource: string;
  } | null;
}

export function compareGifts(gifts: readonly LedgerGift[]): Difference[] {
  return gifts.flatMap((gift): Difference[] => {
    const missing = missingOf(gift);
    const wrong = missing === undefined ? wrongOf(gift) : undefined;
    const ids = { payment: gift.id };
    if (missing !== undefined) return [{ kind: 'gift-missing', ids, detail: missing }];
    return wrong === undefined ? [] : [{ kind: 'wrong-gift', ids, detail: wrong }];
  });
}

/** Its money is, or was, with the shop for something that was made. */
const isMade = ({ deliveredAt }: LedgerGift): boolean => deliveredAt !== null;

function missingOf(gift: LedgerGift): string | undefined {
  return isMade(gift) && gift.voucher === null ? `the order is ${gift.status}, and there is no voucher` : undefined;
}

function wrongOf(gift: LedgerGift): string | undefined {
  const { status, voucher, revoked, refundedKopecks, paidKopecks } = gift;
  if (voucher === null) return undefined;
  if (!isMade(gift)) return `nothing was paid for it (${status}), and there is a voucher`;
  if (voucher.planCode !== gift.planCode) return `plan: ${voucher.planCode}, the order says ${gift.planCode}`;
  const differs = grantDifferences(gift, voucher, 'order');
  if (differs !== undefined) return differs;
  if (isOpen(status)) return `the order is ${status}, and there is a voucher`;
  if (status === 'issued') {
    if (voucher.status !== 'issued' && voucher.status !== 'claimed')
      return `its money is with the shop, and it can’t be claimed: its voucher is ${voucher.status}`;
    const due = shareOf({ ...grantOf(gift), paidKopecks }, refundedKopecks);
    const isTooMuch = revoked !== null && (revoked.whole || revoked.ms > due.ms || revoked.gb > due.gb);
    if (isTooMuch) return 'more was revoked of it than was refunded';
    // How much it is of what lay ahead then is compared with the book (`compareTaken`).
    return voucher.status === 'claimed' && refundedKopecks > 0 && revoked === null
      ? 'a part of its money goes back, and nothing was revoked of it'
      : undefined;
  }
  if (voucher.status === 'claimed')
    return revoked?.whole === true ? undefined : 'all of its money goes back, and what it gave still counts';
  return voucher.status === 'refunded' ? undefined : `all of its money goes back, and its voucher is ${voucher.status}`;
}
