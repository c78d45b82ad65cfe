import { condition } from '@temporalio/workflow';
import type { UnknownReason } from '../../domain/payment';
import type { OperatorRequest, PaymentResumePoint } from '../contracts/payment';
import type { FinalVerdict } from '../contracts/verdict';
import { database } from './activities';
import { continueAt, type PaymentRun } from './run';
import { take } from './signals';
import { guardPayment, type FinalCheck } from './watch';

/** The provider's last word about a payment that it knows. */
export type KnownCheck = FinalCheck & { readonly verdict: Exclude<FinalVerdict, { status: 'unknown' }> };

const WHY: Readonly<Record<UnknownReason, string>> = {
  'another-account': 'the payment was made at another account of its provider than the one in the settings',
  'unknown-to-provider': 'the provider does not know the payment',
};

/** What the provider's last word is, or as what an operator has closed the payment without one. */
export type KnownEnd = KnownCheck | { readonly closedAs: UnknownReason };

type Unknown = Extract<PaymentResumePoint, { at: 'unknown' }>;

/**
 * The provider does not know a payment whose life is over, so nobody can tell here whether it was paid: an operator
 * closes it, or has the provider asked again. So does whoever else calls, which rings no bell.
 *
 * The buyer need not wait for that: from here on the order stands in no other order's way.
 */
export async function untilKnown(run: PaymentRun, first: FinalCheck): Promise<KnownEnd> {
  const { verdict } = first;
  if (verdict.status !== 'unknown') return { ...first, verdict };
  // A request made before anybody could know of this was about something else.
  run.signals.operatorRequest = undefined;
  await tell(run, verdict.reason);
  return staysUnknown(run, { at: 'unknown', reason: verdict.reason });
}

/** The same from where people have been told. */
export async function staysUnknown(run: PaymentRun, from: Unknown): Promise<KnownEnd> {
  const { paymentId } = run.input;
  let { reason, asks } = from;
  for (;;) {
    if (asks === undefined) {
      const request = await called(run, reason);
      if (request?.decision === 'close') {
        await database.recordStatus({ paymentId, status: 'canceled', reason });
        return { closedAs: reason };
      }
      // Who has it asked again wants to know what came of it.
      asks = { tells: request !== undefined };
    }
    const point: Unknown = { at: 'unknown', reason, asks };
    const check = await guardPayment(
      run,
      {},
      continueAt(run, () => point),
    );
    const { verdict } = check;
    if (verdict.status !== 'unknown') return { ...check, verdict };
    ({ reason } = verdict);
    if (asks.tells) await tell(run, reason);
    asks = undefined;
  }
}

/** Waits until somebody calls, for however long. @returns the operator's request, where one has come */
async function called(run: PaymentRun, reason: UnknownReason): Promise<OperatorRequest | undefined> {
  const { signals } = run;
  const next = continueAt(run, () => ({ at: 'unknown', reason }));
  const isCalled = () => signals.wakeUp !== undefined || signals.operatorRequest !== undefined;
  for (;;) {
    await condition(() => isCalled() || next.isDue());
    if (isCalled()) return take(signals, 'operatorRequest');
    await next.whenDue();
  }
}

async function tell({ input: { paymentId }, progress }: PaymentRun, reason: UnknownReason): Promise<void> {
  const next = 'look into the shop’s cabinet, then choose "close", or "retry" to ask again';
  const note = `${WHY[reason]}, and its life is over; ${next}`;
  await database.recordStatus({ paymentId, status: 'guarding', reason });
  progress.update('guarding', note, true);
  progress.refreshScreen();
  progress.alertOwner({ about: 'unknown', reason });
}
