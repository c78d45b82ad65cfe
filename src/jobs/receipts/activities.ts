import { cancellationSignal, log } from '@temporalio/activity';
import { DAY_MS } from '../../domain/duration';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import { isUnknownObject } from '../../gateways/yookassa/refusals';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { OpenReceipt, ReceiptsRepository } from '../../storage/postgres/receipts';
import type { ReconciliationRepository } from '../../storage/postgres/reconciliation';
import type { ReceiptActivities, ReceiptPage, WithReceipt } from './contract';

export interface ReceiptDependencies {
  readonly yookassa: Pick<YooKassaClient, 'getPayment' | 'getRefund'>;
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
 * @throws GatewayError when YooKassa does not answer
 */
async function checkReceipt(
  dependencies: ReceiptDependencies,
  of: WithReceipt,
  receipt: OpenReceipt,
): Promise<Exclude<keyof ReceiptPage, 'asked' | 'next'> | undefined> {
  const { receipts, reconciliation, payments, now } = dependencies;
  const { providerRef, paymentId, kopecks } = receipt;
  const anomaly = { providerRef, paymentId, kopecks };
  const status = await registrationOf(dependencies, of, providerRef);
  switch (status) {
    case 'succeeded':
      await receipts.record(of, receipt.id, 'succeeded');
      await reconciliation.resolveAnomaly(providerRef, 'receipt-late');
      await payments.recordEvent(paymentId, 'yookassa', 'receipt-registered', { providerRef });
      return 'registered';
    case 'canceled':
      // Raised first: a repeat raises the same one, and what is recorded as failed is never asked about again.
      await reconciliation.raise({ kind: 'receipt-failed', ...anomaly });
      await receipts.record(of, receipt.id, 'canceled');
      await payments.recordEvent(paymentId, 'yookassa', 'receipt-failed', { providerRef });
      return 'failed';
    default:
      if (now().getTime() - receipt.movedAt.getTime() < LATE_MS) return undefined;
      await reconciliation.raise({ kind: 'receipt-late', ...anomaly });
      return 'late';
  }
}

/** @returns YooKassa's word; `undefined` when it does not know the payment (another shop's key, for example) */
async function registrationOf(
  { yookassa }: Pick<ReceiptDependencies, 'yookassa'>,
  of: WithReceipt,
  providerRef: string,
): Promise<string | undefined> {
  try {
    const signal = cancellationSignal();
    const object =
      of === 'payments'
        ? await yookassa.getPayment(providerRef, signal)
        : await yookassa.getRefund(providerRef, signal);
    return object.receiptRegistration;
  } catch (error) {
    if (!isUnknownObject(error)) throw error;
    log.info('YooKassa does not know what a receipt belongs to', { of, providerRef });
    return undefined;
  }
}
