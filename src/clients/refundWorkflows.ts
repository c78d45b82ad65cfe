import type { Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { moneyText } from '../domain/money';
import { moneyIn, type Payment } from '../domain/payment';
import { MAIN_TASK_QUEUE, operatorDecides, type OperatorDecision } from '../workflows/contracts/payment';
import {
  refundNotified,
  refundProgress,
  refundRequested,
  REFUND_WORKFLOW,
  refundWorkflowId,
  type RefundInput,
  type RefundProgress,
  type RefundRequest,
} from '../workflows/contracts/refund';
import { SEARCH_ATTRIBUTES } from '../workflows/contracts/searchAttributes';
import { isWorkflowRunning, queryIfKnown, signalIfRunning } from './describeWorkflow';
import type { SignalOutcome } from './paymentWorkflows';

export type RefundWorkflows = ReturnType<typeof createRefundWorkflows>;

type About = Pick<Payment, 'id' | 'userId' | 'planName' | 'priceKopecks' | 'currency'>;

/** Starts and signals `refund` workflows: each message finds the running one, or starts one. */
export function createRefundWorkflows(client: Client) {
  const started = (payment: About) => {
    const input: RefundInput = { paymentId: payment.id };
    return {
      workflowId: refundWorkflowId(payment.id),
      taskQueue: MAIN_TASK_QUEUE,
      args: [input],
      staticSummary: `refund: ${payment.planName.en}, ${moneyText(moneyIn(payment, payment.priceKopecks))}`,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: SEARCH_ATTRIBUTES.paymentStatus, value: 'refunding' },
        { key: SEARCH_ATTRIBUTES.telegramUserId, value: String(payment.userId) },
        { key: SEARCH_ATTRIBUTES.needsAttention, value: false },
      ]),
    };
  };

  return {
    /** Requests a refund of a delivered purchase; whether it is made the workflow decides. */
    async request(payment: About, request: RefundRequest): Promise<void> {
      await client.workflow.signalWithStart(REFUND_WORKFLOW, {
        ...started(payment),
        signal: refundRequested,
        signalArgs: [request],
      });
    },

    /**
     * Has the payment's refunds compared with the provider's.
     * @param strayProviderRef a payment there that claims to be for this order and is not the one in its row
     */
    async notify(payment: About, strayProviderRef: string | null = null): Promise<void> {
      await client.workflow.signalWithStart(REFUND_WORKFLOW, {
        ...started(payment),
        signal: refundNotified,
        signalArgs: [{ strayProviderRef }],
      });
    },

    async operatorDecides(paymentId: string, decision: OperatorDecision, actor: string): Promise<SignalOutcome> {
      const id = refundWorkflowId(paymentId);
      return (await signalIfRunning(client, id, operatorDecides, { decision, actor })) ? 'woken' : 'not-running';
    },

    isRunning: (paymentId: string): Promise<boolean> => isWorkflowRunning(client, refundWorkflowId(paymentId)),

    /** What the running workflow says of itself; `undefined` when there is none. */
    progress: (paymentId: string): Promise<RefundProgress | undefined> =>
      queryIfKnown(client, refundWorkflowId(paymentId), refundProgress),
  };
}
