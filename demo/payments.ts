import { z } from 'zod';
import type { StandIn } from './standIn';
import type { WorkflowLens, WorkflowView } from './workflows';

const money = z.object({ value: z.string(), currency: z.string() });
const paymentsAnswer = z.array(
  z.object({
    id: z.string(),
    status: z.string(),
    amount: money,
    description: z.string().optional(),
    created_at: z.string(),
    refunded_amount: money.optional(),
    cancellation_details: z.object({ reason: z.string() }).optional(),
    metadata: z.record(z.string(), z.string().nullable()).optional(),
  }),
);

export interface PaymentView {
  /** YooKassa's id, which the address of the checkout names as `orderId`. */
  readonly orderId: string;
  /** The shop's own id; `null` for a payment that somebody made past the shop. */
  readonly paymentId: string | null;
  readonly status: string;
  readonly amount: string;
  readonly currency: string;
  readonly description: string;
  readonly createdAt: string;
  readonly refunded: string | null;
  readonly canceledBecause: string | null;
  /** How many more of YooKassa's payments carry the same id of ours: always 0 unless something doubled a payment. */
  readonly twins: number;
  readonly workflow: WorkflowView | null;
}

export interface PaymentsView {
  readonly reachable: boolean;
  readonly payments: readonly PaymentView[];
}

const MOST_PAYMENTS = 12;

/** The latest payments, newest first, each with its workflow. */
export async function viewPayments(yookassa: StandIn, workflows: WorkflowLens): Promise<PaymentsView> {
  let all: z.output<typeof paymentsAnswer>;
  try {
    all = await yookassa.get('payments', paymentsAnswer);
  } catch {
    return { reachable: false, payments: [] };
  }
  const payments = await Promise.all(
    all.slice(0, MOST_PAYMENTS).map(async (payment): Promise<PaymentView> => {
      const paymentId = payment.metadata?.['gigabridge_payment_id'] ?? null;
      return {
        orderId: payment.id,
        paymentId,
        status: payment.status,
        amount: payment.amount.value,
        currency: payment.amount.currency,
        description: payment.description ?? '',
        createdAt: payment.created_at,
        refunded:
          payment.refunded_amount && Number(payment.refunded_amount.value) > 0 ? payment.refunded_amount.value : null,
        canceledBecause: payment.cancellation_details?.reason ?? null,
        twins:
          paymentId === null
            ? 0
            : all.filter((other) => other.metadata?.['gigabridge_payment_id'] === paymentId).length - 1,
        workflow: paymentId === null ? null : await workflows.view(paymentId),
      };
    }),
  );
  return { reachable: true, payments };
}
