import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import type { Payment } from '../domain/payment';
import { MAIN_TASK_QUEUE, type OperatorDecision } from '../workflows/contracts/payment';
import {
  REFUND_PROGRESS_QUERY,
  REFUND_SIGNALS,
  REFUND_WORKFLOW,
  refundWorkflowId,
  type RefundInput,
  type RefundNotice,
  type RefundProgress,
  type RefundWish,
} from '../workflows/contracts/refund';
import { isWorkflowRunning } from './describeWorkflow';
import type { SignalOutcome } from './paymentWorkflows';

export type RefundWorkflows = ReturnType<typeof createRefundWorkflows>;

const KEYS = {
  status: defineSearchAttributeKey('PaymentStatus', SearchAttributeType.KEYWORD),
  user: defineSearchAttributeKey('TelegramUserId', SearchAttributeType.KEYWORD),
  attention: defineSearchAttributeKey('NeedsAttention', SearchAttributeType.BOOL),
};

type About = Pick<Payment, 'id' | 'userId' | 'planName' | 'priceKopecks'>;

/** Starts and signals `refund` workflows: whatever there is to say finds the running one, or starts one. */
export function createRefundWorkflows(client: Client) {
  const say = async (payment: About, signal: string, word: RefundWish | RefundNotice): Promise<void> => {
    const input: RefundInput = { paymentId: payment.id };
    await client.workflow.signalWithStart(REFUND_WORKFLOW, {
      workflowId: refundWorkflowId(payment.id),
      taskQueue: MAIN_TASK_QUEUE,
      args: [input],
      signal,
      signalArgs: [word],
      staticSummary: `money back: ${payment.planName.en}, ${(payment.priceKopecks / 100).toFixed(2)} RUB`,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: KEYS.status, value: 'refunding' },
        { key: KEYS.user, value: String(payment.userId) },
        { key: KEYS.attention, value: false },
      ]),
    });
  };

  return {
    wish: (payment: About, wish: RefundWish) => say(payment, REFUND_SIGNALS.wished, wish),
    /** YooKassa may know more than the record. @param strayYooKassaId a payment there that is not the one in the record */
    notice: (payment: About, strayYooKassaId: string | null = null) =>
      say(payment, REFUND_SIGNALS.noticed, { strayYooKassaId }),

    async operatorDecides(paymentId: string, decision: OperatorDecision, actor: string): Promise<SignalOutcome> {
      try {
        await client.workflow
          .getHandle(refundWorkflowId(paymentId))
          .signal(REFUND_SIGNALS.operatorDecides, { decision, actor });
        return 'woken';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'not-running';
        throw error;
      }
    },

    isRunning: (paymentId: string): Promise<boolean> => isWorkflowRunning(client, refundWorkflowId(paymentId)),

    /** What the running workflow says of itself; `undefined` when there is none. */
    async progress(paymentId: string): Promise<RefundProgress | undefined> {
      try {
        return await client.workflow
          .getHandle(refundWorkflowId(paymentId))
          .query<RefundProgress>(REFUND_PROGRESS_QUERY);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },
  };
}
