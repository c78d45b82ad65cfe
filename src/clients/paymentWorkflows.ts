import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import {
  TypedSearchAttributes,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type SignalDefinition,
} from '@temporalio/common';
import { moneyText } from '../domain/money';
import { moneyIn, type Payment } from '../domain/payment';
import {
  MAIN_TASK_QUEUE,
  PAYMENT_WORKFLOW,
  buyerCancels,
  buyerSaysPaid,
  decideDelay,
  operatorDecides,
  paymentNotified,
  paymentProgress,
  paymentWorkflowId,
  type BuyerAnswer,
  type DelayDecision,
  type OperatorDecision,
  type PaymentInput,
  type PaymentProgress,
} from '../workflows/contracts/payment';
import { SEARCH_ATTRIBUTES } from '../workflows/contracts/searchAttributes';
import { queryIfKnown, signalIfRunning } from './describeWorkflow';

/** `woken`: the running workflow got it; `not-running`: it has ended, or was never started. */
export type SignalOutcome = 'woken' | 'not-running';

/** The workflow's answer; or `not-running`: it has ended, or was never started. */
export type UpdateOutcome = BuyerAnswer | { readonly outcome: 'not-running' };

/** Nobody looks at a button for longer. */
const ANSWER_WITHIN_MS = 4_000;

export type PaymentWorkflows = ReturnType<typeof createPaymentWorkflows>;

/**
 * Starts `payment` workflows, and sends them signals, updates and queries.
 * @param pace durations in milliseconds, fixed for a workflow when it starts
 * @param answerWithinMs how long the answer to an update is waited for, in ms (4 000)
 */
export function createPaymentWorkflows(
  client: Client,
  pace: Omit<PaymentInput, 'paymentId'>,
  answerWithinMs = ANSWER_WITHIN_MS,
) {
  const signal = async <Args extends unknown[]>(
    paymentId: string,
    definition: SignalDefinition<Args>,
    ...args: NoInfer<Args>
  ): Promise<SignalOutcome> =>
    (await signalIfRunning(client, paymentWorkflowId(paymentId), definition, ...args)) ? 'woken' : 'not-running';

  /**
   * @throws the client's error when no answer has come in time; the workflow may act on it all the same, then or
   * later
   */
  const answered = async (
    paymentId: string,
    send: (handle: WorkflowHandle) => Promise<BuyerAnswer>,
  ): Promise<UpdateOutcome> => {
    const handle = client.workflow.getHandle(paymentWorkflowId(paymentId));
    try {
      return await client.withDeadline(Date.now() + answerWithinMs, () => send(handle));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { outcome: 'not-running' };
      throw error;
    }
  };

  return {
    /**
     * Makes sure the payment's workflow runs: a second call finds the first one's. A payment whose workflow has ended
     * while its row says otherwise is taken up again; every step finds what was done before.
     */
    async ensureRunning(
      payment: Pick<Payment, 'id' | 'userId' | 'planName' | 'priceKopecks' | 'currency' | 'status'>,
    ): Promise<void> {
      const input: PaymentInput = { paymentId: payment.id, ...pace };
      await client.workflow.start(PAYMENT_WORKFLOW, {
        workflowId: paymentWorkflowId(payment.id),
        taskQueue: MAIN_TASK_QUEUE,
        args: [input],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        staticSummary: `${payment.planName.en}, ${moneyText(moneyIn(payment, payment.priceKopecks))}`,
        typedSearchAttributes: new TypedSearchAttributes([
          { key: SEARCH_ATTRIBUTES.paymentStatus, value: payment.status },
          { key: SEARCH_ATTRIBUTES.telegramUserId, value: String(payment.userId) },
          { key: SEARCH_ATTRIBUTES.needsAttention, value: false },
        ]),
      });
    },

    /**
     * Something may have happened at the provider: a webhook spoke of this payment, or the buyer has come back from its
     * page.
     */
    notified: (paymentId: string) => signal(paymentId, paymentNotified),
    buyerSaysPaid: (paymentId: string) => answered(paymentId, (handle) => handle.executeUpdate(buyerSaysPaid)),
    buyerCancels: (paymentId: string) => answered(paymentId, (handle) => handle.executeUpdate(buyerCancels)),
    decideDelay: (paymentId: string, decision: DelayDecision) =>
      answered(paymentId, (handle) => handle.executeUpdate(decideDelay, { args: [decision] })),
    /** @param actor who decided, for the audit log: `operator:<telegram id>` or `cli` */
    operatorDecides: (paymentId: string, decision: OperatorDecision, actor: string) =>
      signal(paymentId, operatorDecides, { decision, actor }),

    /**
     * What the running (or ended) workflow says of itself; `undefined` when there is none.
     * @throws the client's error when no worker answers in time
     */
    progress: (paymentId: string): Promise<PaymentProgress | undefined> =>
      queryIfKnown(client, paymentWorkflowId(paymentId), paymentProgress),
  };
}
