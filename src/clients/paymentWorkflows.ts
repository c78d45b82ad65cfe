import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  TypedSearchAttributes,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type SignalDefinition,
} from '@temporalio/common';
import type { Payment } from '../domain/payment';
import {
  MAIN_TASK_QUEUE,
  PAYMENT_WORKFLOW,
  buyerCancels,
  buyerChooses,
  buyerSaysPaid,
  operatorDecides,
  paymentNotified,
  paymentProgress,
  paymentWorkflowId,
  type BuyerChoice,
  type OperatorDecision,
  type PaymentInput,
  type PaymentProgress,
} from '../workflows/contracts/payment';

/** `woken`: the running workflow got it; `not-running`: it has ended, or was never started. */
export type SignalOutcome = 'woken' | 'not-running';

export type PaymentWorkflows = ReturnType<typeof createPaymentWorkflows>;

const KEYS = {
  status: defineSearchAttributeKey('PaymentStatus', SearchAttributeType.KEYWORD),
  user: defineSearchAttributeKey('TelegramUserId', SearchAttributeType.KEYWORD),
  attention: defineSearchAttributeKey('NeedsAttention', SearchAttributeType.BOOL),
};

/**
 * Starts and signals `payment` workflows.
 * @param pace durations in milliseconds, fixed for a workflow when it starts
 */
export function createPaymentWorkflows(client: Client, pace: Omit<PaymentInput, 'paymentId'>) {
  const signal = async <Args extends unknown[]>(
    paymentId: string,
    definition: SignalDefinition<Args>,
    ...args: Args
  ): Promise<SignalOutcome> => {
    try {
      await client.workflow.getHandle(paymentWorkflowId(paymentId)).signal(definition, ...args);
      return 'woken';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'not-running';
      throw error;
    }
  };

  return {
    /**
     * Makes sure the payment's workflow runs: a second call finds the first one's. A payment whose workflow has ended while
     * its record says otherwise is taken up again; every step finds what was done before.
     */
    async ensureRunning(
      payment: Pick<Payment, 'id' | 'userId' | 'planName' | 'priceKopecks' | 'status'>,
    ): Promise<void> {
      const input: PaymentInput = { paymentId: payment.id, ...pace };
      await client.workflow.start(PAYMENT_WORKFLOW, {
        workflowId: paymentWorkflowId(payment.id),
        taskQueue: MAIN_TASK_QUEUE,
        args: [input],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        staticSummary: `${payment.planName.en}, ${(payment.priceKopecks / 100).toFixed(2)} RUB`,
        typedSearchAttributes: new TypedSearchAttributes([
          { key: KEYS.status, value: payment.status },
          { key: KEYS.user, value: String(payment.userId) },
          { key: KEYS.attention, value: false },
        ]),
      });
    },

    /** A webhook spoke of this payment. */
    notified: (paymentId: string) => signal(paymentId, paymentNotified),
    buyerSaysPaid: (paymentId: string) => signal(paymentId, buyerSaysPaid),
    buyerCancels: (paymentId: string) => signal(paymentId, buyerCancels),
    buyerChooses: (paymentId: string, choice: BuyerChoice) => signal(paymentId, buyerChooses, choice),
    /** @param actor who decided, for the audit log: `operator:<telegram id>` or `cli` */
    operatorDecides: (paymentId: string, decision: OperatorDecision, actor: string) =>
      signal(paymentId, operatorDecides, { decision, actor }),

    /** What the running (or ended) workflow says of itself; `undefined` when there is none or no worker answers in time. */
    async progress(paymentId: string): Promise<PaymentProgress | undefined> {
      try {
        return await client.workflow.getHandle(paymentWorkflowId(paymentId)).query(paymentProgress);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },
  };
}
