import type { UpdateOutcome } from '../../clients/paymentWorkflows';
import { isFinal, type Payment } from '../../domain/payment';
import { withTimeLimit } from '../../process/timeLimit';
import type { BuyerAnswer } from '../../workflows/contracts/payment';
import type { BotDeps, Log, PaymentsPort, WorkflowsPort } from '../ports';
import { takenByTemporal, WORKFLOWS_WITHIN_MS } from './takenByTemporal';

/** The outcome of a buyer's request to a payment's workflow. `asked`: the workflow has acted on it. */
export type BuyerRequestOutcome =
  | { readonly outcome: 'asked'; readonly payment: Payment }
  /** PostgreSQL could not be read, so the payment is not known here; the worker draws the result. */
  | { readonly outcome: 'asked'; readonly payment: undefined }
  /** The payment is in a state where the request does not apply; its present state is to be shown. */
  | { readonly outcome: 'moved-on'; readonly payment: Payment }
  | { readonly outcome: 'limited'; readonly retryAfterMs: number }
  | { readonly outcome: 'away' }
  /** The payment is unknown or another buyer's; both get the same answer. */
  | { readonly outcome: 'foreign' };

export interface BuyerRequestsDeps {
  readonly payments: Pick<PaymentsPort, 'byId'>;
  readonly paymentWorkflows: Pick<WorkflowsPort, 'ensureRunning'>;
  readonly paymentData: Pick<BotDeps['paymentData'], 'put'>;
  readonly log: Log;
}

/** How the bot starts a payment's workflow and sends it what a buyer asks for. */
export function createBuyerRequests({ payments, paymentWorkflows, paymentData, log }: BuyerRequestsDeps) {
  /**
   * @returns whether Temporal accepted it. If not, the row is there, and the next tap or reconciliation starts the
   *   workflow
   */
  async function start(payment: Payment): Promise<boolean> {
    if (isFinal(payment.status)) return true;
    const asked = paymentWorkflows.ensureRunning(payment);
    if (!(await takenByTemporal(asked, log, 'the workflow of a payment could not be started'))) return false;
    // Only for an order that is opened again: for a new one the worker writes this data together with the link.
    if (payment.providerRef !== null)
      await paymentData.put({
        paymentId: payment.id,
        provider: payment.provider,
        providerRef: payment.providerRef,
        userId: payment.userId,
        serverCode: payment.serverCode,
      });
    return true;
  }

  /**
   * Sends an update to the workflow, and starts the workflow first when it does not run.
   * @returns `undefined`: no answer in time
   */
  async function ask(payment: Payment, send: () => Promise<UpdateOutcome>): Promise<BuyerAnswer | undefined> {
    try {
      const first = await withTimeLimit(WORKFLOWS_WITHIN_MS, 'Temporal', send());
      if (first.outcome !== 'not-running') return first;
      if (!(await start(payment))) return undefined;
      const second = await withTimeLimit(WORKFLOWS_WITHIN_MS, 'Temporal', send());
      return second.outcome === 'not-running' ? undefined : second;
    } catch (error) {
      log(error, 'a payment’s workflow could not be reached');
      return undefined;
    }
  }

  /** Reads the payment once more, since its present state is what the screen shows. */
  async function outcomeOf(before: Payment, answer: BuyerAnswer | undefined): Promise<BuyerRequestOutcome> {
    const payment = (await payments.byId(before.id)) ?? before;
    if (answer !== undefined) return { outcome: answer.outcome === 'done' ? 'asked' : 'moved-on', payment };
    // Without an answer it is not known whether the workflow has acted, but a change of the payment shows that
    // something has.
    return differs(payment, before) ? { outcome: 'moved-on', payment } : { outcome: 'away' };
  }

  return {
    start,
    ask,
    outcomeOf,

    /** Sends something once, without starting the workflow. @returns `undefined`: no answer in time */
    async askRunning<Answer>(send: () => Promise<Answer>): Promise<Answer | undefined> {
      try {
        return await withTimeLimit(WORKFLOWS_WITHIN_MS, 'Temporal', send());
      } catch (error) {
        log(error, 'a payment’s workflow could not be reached');
        return undefined;
      }
    },
  };
}

function differs(a: Payment, b: Payment): boolean {
  return (
    a.status !== b.status ||
    a.reason !== b.reason ||
    a.dismissedAt?.getTime() !== b.dismissedAt?.getTime() ||
    a.checkedAt?.getTime() !== b.checkedAt?.getTime()
  );
}
