import { cancellationSignal, log } from '@temporalio/activity';
import { DAY_MS } from '../../domain/duration';
import type { ReceiptState } from '../../providers/port';
import type { Providers } from '../../providers/registry';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { OpenReceipt, ReceiptsRepository } from '../../storage/postgres/receipts';
import type { ReconciliationRepository } from '../../storage/postgres/reconciliation';
import type { ReceiptActivities, ReceiptPage, WithReceipt } from './contract';

export interface ReceiptDependencies {
  readonly providers: Providers;
  readonly payments: Pick<PaymentsRepository, 'recordEvent'>;
  readonly receipts: ReceiptsRepository;
  readonly reconciliation: Pick<ReconciliationRepository, 'raise' | 'resolveAnomaly'>;
  readonly now: () => Date;
}

const PAGE_ROWS = 50;
/** A cash desk answers within minutes; the law wants the receipt at the moment of payment. */
const LATE_MS = DAY_MS;

/** Follows receipts. What has failed becomes an anomaly, which reconciliation tells the owner of. */
export function createReceiptActivities(dependencies: ReceiptDependencies): { main: ReceiptActivities } {
  const { receipts } = dependencies;
  return {
    main: {
      async checkReceipts({ of, after }) {
        const rows = await receipts.open(of, after, PAGE_ROWS);
        const sum = { asked: rows.length, registered: 0, failed: 0, late: 0 };
        for (const row of rows) {
          const found = await checkReceipt(dependencies, of, row);
          if (found !== undefined) sum[found] += 1;
        }
        return { ...sum, next: rows.length === PAGE_ROWS ? rows.at(-1)!.id : null };
      },
    },
  };
}

/**
 * @returns `undefined`: it is pending, and not for long
 * @throws GatewayError when the provider does not answer
 */
async function checkReceipt(
  dependencies: ReceiptDependencies,
  of: WithReceipt,
  receipt: OpenReceipt,
): Promise<Exclude<keyof ReceiptPage, 'asked' | 'next'> | undefined> {
  const { receipts, reconciliation, payments, now } = dependencies;
  const { provider, providerRef, paymentId, amount } = receipt;
  const anomaly = { provider, providerRef, paymentId, amount };
  switch (await stateOf(dependencies, of, receipt)) {
    case 'registered':
      await receipts.record(of, receipt.id, 'succeeded');
      await reconciliation.resolveAnomaly(receipt, 'receipt-late');
      await payments.recordEvent(paymentId, provider, 'receipt-registered', { providerRef });
      return 'registered';
    case 'failed':
      // Raised first: a repeat raises the same one, and what is recorded as failed is never asked about again.
      await reconciliation.raise({ kind: 'receipt-failed', ...anomaly });
      await receipts.record(of, receipt.id, 'canceled');
      await payments.recordEvent(paymentId, provider, 'receipt-failed', { providerRef });
      return 'failed';
    default:
      if (now().getTime() - receipt.movedAt.getTime() < LATE_MS) return undefined;
      await reconciliation.raise({ kind: 'receipt-late', ...anomaly });
      return 'late';
  }
}

/**
 * @returns `none` also when the provider does not know the payment (another account's key, for example), or is not set up
 *   here: the others' receipts are looked at all the same
 */
async function stateOf(
  { providers }: Pick<ReceiptDependencies, 'providers'>,
  of: WithReceipt,
  { provider: id, providerRef }: OpenReceipt,
): Promise<ReceiptState> {
  const provider = providers.find(id);
  if (provider === undefined) {
    log.warn('a receipt is pending at a provider that is not set up here', { of, provider: id, providerRef });
    return 'none';
  }
  const signal = cancellationSignal();
  if (of === 'refunds') {
    const refund = await provider.checkRefund(providerRef, signal);
    if (refund !== undefined) return refund.receipt;
  } else {
    const payment = await provider.check(providerRef, signal);
    if (payment.state === 'paid') return payment.charges[0].receipt;
  }
  log.info('the provider does not know what a receipt belongs to', { of, providerRef });
  return 'none';
}
