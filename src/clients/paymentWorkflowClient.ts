import type { Client } from '@temporalio/client';
import type { Payment } from '../domain/payment';
import { paymentWorkflowId, type PaymentInput } from '../workflows/contracts/payment';
import { isWorkflowRunning } from './describeWorkflow';
import { createPaymentWorkflows } from './paymentWorkflows';
import { createRefundWorkflows } from './refundWorkflows';

/** What scheduled jobs may do with the workflows of a payment. */
export interface PaymentWorkflowClient {
  /** Whether its `payment` workflow runs. */
  isRunning(paymentId: string): Promise<boolean>;
  ensureRunning(payment: Payment): Promise<void>;
  notified(paymentId: string): Promise<'woken' | 'not-running'>;
  /**
   * Makes the refund workflow compare the database with the provider; with an id, ask about money that may buy nothing.
   */
  notify(payment: Payment, strayProviderRef: string | null): Promise<void>;
  /** Whether its `refund` workflow runs. */
  isRefundRunning(paymentId: string): Promise<boolean>;
}

/** @param pace as the bot starts payments */
export function createPaymentWorkflowClient(
  client: Client,
  pace: Omit<PaymentInput, 'paymentId'>,
): PaymentWorkflowClient {
  const payments = createPaymentWorkflows(client, pace);
  const refunds = createRefundWorkflows(client);
  return {
    notified: payments.notified,
    ensureRunning: payments.ensureRunning,
    notify: refunds.notify,
    isRefundRunning: refunds.isRunning,
    isRunning: (paymentId) => isWorkflowRunning(client, paymentWorkflowId(paymentId)),
  };
}
