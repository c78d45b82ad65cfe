/**
 * For comparison: the close watch as an activity that is repeated by its retry policy. The steps before it are the
 * product's.
 */
import { proxyActivities } from '@temporalio/workflow';
import { linkCreation, telegram } from '../../src/workflows/payment/activities';
import type { PaymentInput } from '../../src/workflows/contracts/payment';
import type { ProviderActivities } from '../../src/workflows/contracts/activities';

export async function retryWatch({ paymentId, pollIntervalMs, pollTimeoutMs }: PaymentInput): Promise<void> {
  await linkCreation(600_000).createPayment({ paymentId });
  const shown = telegram.refreshPaymentScreen({ paymentId });
  const { guardPayment } = proxyActivities<ProviderActivities>({
    startToCloseTimeout: '30s',
    scheduleToCloseTimeout: pollTimeoutMs,
    retry: { initialInterval: pollIntervalMs, backoffCoefficient: 1, maximumInterval: pollIntervalMs },
  });
  await guardPayment({ paymentId }).catch(() => undefined);
  await shown;
}
