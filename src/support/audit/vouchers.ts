/** Compares vouchers that were claimed with what they gave. */
import { grantOf, type PlanGrant } from '../../domain/grant';
import type { Difference } from './differences';

/** A voucher that somebody has claimed. */
export interface LedgerVoucher extends PlanGrant {
  readonly id: string;
  readonly claimedBy: number;
  /** The grant that is in the book because of it. */
  readonly given: (PlanGrant & { readonly userId: number; readonly subscriptionId: string }) | null;
}

/** What a voucher promised its person has, once; more than once the database allows nothing. */
export function compareVouchers(vouchers: readonly LedgerVoucher[]): Difference[] {
  return vouchers.flatMap((voucher): Difference[] => {
    const wrong = wrongOf(voucher);
    const subscription = voucher.given?.subscriptionId;
    return wrong === undefined
      ? []
      : [
          {
            kind: 'wrong-voucher',
            ids: subscription === undefined ? {} : { subscription },
            detail: `voucher ${voucher.id}: ${wrong}`,
          },
        ];
  });
}

function wrongOf({ claimedBy, given, ...voucher }: LedgerVoucher): string | undefined {
  if (given === null) return `${claimedBy} has claimed it, and has nothing for it`;
  if (given.userId !== claimedBy) return `${claimedBy} has claimed it, and ${given.userId} has what it gives`;
  return grantDifferences(voucher, given, 'voucher');
}

/**
 * Where what is given differs from what is right, in words; `undefined`: nowhere.
 * @param source what says what is right
 */
export function grantDifferences(right: PlanGrant, given: PlanGrant, source: string): string | undefined {
  const [promised, got] = [grantOf(right), grantOf(given)];
  const fields = (Object.keys(promised) as (keyof typeof promised)[]).filter((field) => promised[field] !== got[field]);
  if (fields.length === 0) return undefined;
  return fields.map((field) => `${field}: ${got[field]}, the ${source} says ${promised[field]}`).join('; ');
}
