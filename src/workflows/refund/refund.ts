import { moneyText } from '../../domain/money';
import { CancellationScope, condition } from '@temporalio/workflow';
import { createBackgroundTasks } from '../backgroundTasks';
import { handOverOf } from '../continuation';
import type { PaymentRef } from '../contracts/activities';
import type { RefundPoint } from '../contracts/payment';
import type {
  FinishedRefund,
  OpenRefund,
  RefundInput,
  RefundOutcome,
  RefundRequest,
  RefundResume,
} from '../contracts/refund';
import { database, provider } from './activities';
import { awaitOutside, carryOutRefund, recordOutside, revokeAccess, tellOfRefund } from './carryOut';
import { trackProgress, type Progress } from './progress';
import type { RefundRun } from './run';
import { receiveSignals, type RefundSignals } from './signals';
import { untilEnded, type HandOver } from '../untilEnded';

/** One run of the `refund` workflow, and what it has done so far. */
interface Run extends Pick<RefundRun, 'background'> {
  readonly input: RefundInput;
  readonly signals: RefundSignals;
  readonly progress: Progress;
  readonly done: { foundOutside: number; readonly refunds: FinishedRefund[]; readonly refused: string[] };
}

/** The workflow goes on in a new run; what has come and nobody has acted on goes along. */
function continueWith(run: Run, also: Partial<Pick<RefundResume, 'open' | 'strays'>> = {}): HandOver {
  return handOverOf(run, (): RefundInput => {
    const { input, signals, progress, done } = run;
    const { requests, strays, operatorRequest } = signals;
    const { open, strays: more = [] } = also;
    const resume: RefundResume = {
      done,
      progress: progress.current(),
      requests,
      strays: [...new Set([...more, ...strays])],
      operatorRequest,
      ...(open && { open }),
    };
    return { ...input, resume };
  });
}

/**
 * Refunds of a delivered purchase: because the shop's rule lets the buyer have one, because an operator says so,
 * because somebody made one without the shop, or because money bought nothing. One run reads whatever there is to
 * know, decides in transactions on the payment's row, and carries each refund to its end.
 *
 * Like a payment it can't be cancelled from outside. Should it be terminated, reconciliation starts it again: it goes
 * on with the refunds that are not completed in the database.
 */
export async function refund(input: RefundInput): Promise<RefundOutcome> {
  const { resume } = input;
  const background = createBackgroundTasks('refund');
  const { foundOutside = 0, refunds = [], refused = [] } = resume?.done ?? {};
  const done: Run['done'] = { foundOutside, refunds: [...refunds], refused: [...refused] };
  const progress = trackProgress(input, background);
  const run: Run = { input, background, progress, signals: receiveSignals(resume), done };
  const next = continueWith(run);
  return CancellationScope.nonCancellable(async () => {
    if (resume?.open) done.refunds.push(await follow(run, resume.open));
    do {
      await next.whenDue();
      const { paidKopecks, pendingOutside } = await recordOutsideRefunds(run);
      await planStrays(run);
      await planRequests(run, paidKopecks);
      for (let open = await openRefund(run); open !== null; open = await openRefund(run))
        done.refunds.push(await finish(run, open));
      // Somebody else's refund that is not at its end.
      if (pendingOutside > 0 && !run.signals.hasMore()) {
        await awaitOutside(run, next);
        run.signals.mayHaveChanged = true;
      }
      // Messages and the panel may still be on their way; whatever comes meanwhile is looked at.
      await condition(() => run.signals.hasMore() || background.isIdle());
    } while (run.signals.hasMore());
    const { foundOutside, refunds, refused } = done;
    const made = `${refunds.length} made by the shop, ${foundOutside} found that were made outside`;
    run.progress.update('refunding', `finished: ${made}, ${refused.length} refused`);
    return { foundOutside, refunds, refused };
  });
}

const refOf = ({ input: { paymentId } }: Run): PaymentRef => ({ paymentId });
const openRefund = (run: Run) => database.openRefund(refOf(run));

/** Reads what happened without the shop; this comes before any plan, because it changes how much is left. */
async function recordOutsideRefunds(run: Run): Promise<{ paidKopecks: number; pendingOutside: number }> {
  const { signals, progress, done } = run;
  signals.mayHaveChanged = false;
  const handOver = continueWith(run);
  const { paidKopecks, recorded, pendingOutside } = await recordOutside(run, handOver);
  if (recorded.length > 0) {
    done.foundOutside += recorded.length;
    revokeAccess(run);
    progress.refreshScreen();
  }
  return { paidKopecks, pendingOutside };
}

/** Plans refunds of money that bought nothing. */
async function planStrays(run: Run): Promise<void> {
  const { signals, done } = run;
  for (const providerRef of [...signals.strays]) {
    signals.strays.delete(providerRef);
    const stray = { ...refOf(run), providerRef };
    const summary = 'money that bought nothing?';
    const planned = await untilEnded(
      () => provider.planStrayRefund.executeWithOptions({ summary }, [stray]),
      signals,
      continueWith(run, { strays: [providerRef] }),
    );
    if (planned.outcome === 'refused') done.refused.push(`stray: ${planned.reason}`);
  }
}

/** Plans the refunds that somebody has requested, or tells them why not. */
async function planRequests({ input, signals, progress, done }: Run, paidKopecks: number): Promise<void> {
  for (const request of signals.requests.splice(0)) {
    const why = await planRequest(input, request, paidKopecks);
    if (why === undefined) continue;
    done.refused.push(`${request.askedBy}: ${why}`);
    if (request.askedBy === 'buyer') progress.tellRefused(request.requestId, why);
    else progress.alertOwner({ about: 'refund-not-made', reason: why, askedBy: request.askedBy });
  }
}

/** @returns why not; `undefined`: it is planned */
async function planRequest(
  { paymentId }: RefundInput,
  request: RefundRequest,
  paidKopecks: number,
): Promise<string | undefined> {
  if (request.askedBy === 'buyer') {
    const { verdict } = await database.judgeBuyerRefund.executeWithOptions(
      { summary: 'does the shop’s rule allow it?' },
      [{ paymentId, requestId: request.requestId }],
    );
    if (verdict !== 'allowed') return verdict;
  }
  const planned = await database.planRefund({ paymentId, request, paidKopecks });
  return planned.outcome === 'refused' ? planned.reason : undefined;
}

/** One planned refund, to its end. */
async function finish(run: Run, open: OpenRefund): Promise<FinishedRefund> {
  const { attempt, kopecks: minor, currency, reason, askedBy, stray } = open;
  run.progress.update('refunding', `${moneyText({ currency, minor })} go back (${reason}, ${askedBy})`);
  if (!stray) revokeAccess(run);
  tellOfRefund(run, attempt, 'decided');
  run.progress.refreshScreen();
  return follow(run, open);
}

async function follow(run: Run, open: OpenRefund & RefundPoint): Promise<FinishedRefund> {
  const { refused: _refused, ...about } = open;
  const handOver = (point: RefundPoint) => continueWith(run, { open: { ...about, ...point } });
  const { end, attempt: last, awaitsOutside } = await carryOutRefund({ ...run, handOver }, open);
  // What is missing is followed by the next look at the provider's refunds.
  if (awaitsOutside) run.signals.mayHaveChanged = true;
  run.progress.refreshScreen();
  return { attempt: last, end };
}
