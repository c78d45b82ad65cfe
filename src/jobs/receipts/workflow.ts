import { isCancellation, log, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ReceiptActivities, ReceiptPage, ReceiptSummary, WithReceipt } from './contract';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';

/** While a provider is away the run ends; the next one asks again. */
const providers = proxyActivities<ReceiptActivities>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '5m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '30s' },
});

/**
 * A receipt under 54-FZ is registered apart from the money: a payment may have succeeded and its receipt failed.
 * No notification tells of it, so the provider is asked until it has an answer.
 */
export async function receiptRegistration(): Promise<ReceiptSummary> {
  const sum = { asked: 0, registered: 0, failed: 0, late: 0 };
  const isAnswered = (await check('payments', sum)) && (await check('refunds', sum));
  const details = `${sum.asked} receipts asked about, ${sum.registered} registered, ${sum.failed} failed, ${sum.late} late`;
  setCurrentDetails(isAnswered ? details : `a provider was away; ${details}`);
  return { ...sum, providers: isAnswered ? 'asked' : 'away' };
}

/** @returns `false`: a provider was away */
async function check(
  of: WithReceipt,
  sum: { asked: number; registered: number; failed: number; late: number },
): Promise<boolean> {
  try {
    for (let after: string | null = null, more = true; more;) {
      const page: ReceiptPage = await providers.checkReceipts.executeWithOptions({ summary: `receipts of ${of}` }, [
        { of, after },
      ]);
      sum.asked += page.asked;
      sum.registered += page.registered;
      sum.failed += page.failed;
      sum.late += page.late;
      after = page.next;
      more = after !== null;
    }
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('receipts could not be asked about; the next run tries again', { of, error: String(error) });
    return false;
  }
}
