import type { Client } from '@temporalio/client';
import { isWorkflowRunning } from '../../clients/describeWorkflow';
import { createPaymentWorkflows } from '../../clients/paymentWorkflows';
import { createRefundWorkflows } from '../../clients/refundWorkflows';
import { paymentWorkflowId, type PaymentInput } from '../../workflows/contracts/payment';
import type { PaymentKeeper } from './index';

/** What reconciliation needs of the payments' workflows. @param pace as the bot starts them */
export function createPaymentKeeper(client: Client, pace: Omit<PaymentInput, 'paymentId'>): PaymentKeeper {
  const workflows = createPaymentWorkflows(client, pace);
  const refunds = createRefundWorkflows(client);
  return {
    notified: workflows.notified,
    ensureRunning: workflows.ensureRunning,
    notice: refunds.notice,
    isRefundRunning: refunds.isRunning,
    isRunning: (paymentId) => isWorkflowRunning(client, paymentWorkflowId(paymentId)),
  };
}
