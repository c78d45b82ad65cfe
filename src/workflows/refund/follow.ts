import { CancellationScope, condition } from '@temporalio/workflow';
import type { RefundVerdict } from '../contracts/verdict';

export type FinalRefundVerdict = Exclude<RefundVerdict, { status: 'pending' }>;

export interface Calls {
  /** Whether somebody has called since `heard`: a notification, an operator. */
  called(): boolean;
  heard(): void;
}

/**
 * Follows a pending refund to its end. A call makes YooKassa be asked at once instead of at the next turn.
 * @param follow ends with a final word
 * @param ask asks once
 */
export async function followToTheEnd(
  follow: () => Promise<RefundVerdict>,
  ask: () => Promise<RefundVerdict>,
  calls: Calls,
): Promise<FinalRefundVerdict> {
  const scope = new CancellationScope();
  let final: FinalRefundVerdict | undefined;
  const keep = (verdict: RefundVerdict): void => {
    if (verdict.status !== 'pending') final ??= verdict;
  };
  const following = scope.run(follow).then(keep, () => undefined);
  while (final === undefined) {
    await condition(() => final !== undefined || calls.called());
    if (final !== undefined) break;
    calls.heard();
    keep(await ask());
  }
  scope.cancel();
  await following;
  return final;
}
