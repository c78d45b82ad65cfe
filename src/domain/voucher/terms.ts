/** What a voucher gives to whoever claims it, as screens say it. */
import { DAY_MS } from '../duration';
import { grantOf, type PlanGrant } from '../grant';
import { shareOf, type Access } from '../refund';
import type { Voucher } from './voucher';

type Given = PlanGrant & Pick<Voucher, 'partRefund'>;

/** All that a screen says of it; where that has changed, it says something else. */
export function voucherTerms(voucher: Given): string {
  return JSON.stringify([grantOf(voucher), voucher.partRefund]);
}

/**
 * What it gives once the share of the refunded money is taken, which is done at its claim; traffic only where it is
 * limited. `undefined`: all of it.
 */
export function leftOf({ partRefund, ...voucher }: Given): Access | undefined {
  if (partRefund === null) return undefined;
  const { refundedKopecks, paidKopecks } = partRefund;
  const taken = shareOf({ ...grantOf(voucher), paidKopecks }, refundedKopecks);
  return { ms: voucher.days * DAY_MS - taken.ms, gb: (voucher.trafficGb ?? 0) - taken.gb };
}
