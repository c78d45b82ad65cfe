import type { Anomaly } from '../../storage/postgres/reconciliation';
import type { ReconciliationDependencies } from './dependencies';

const PAGE_ROWS = 100;

/** Tells the owner of every unexplained sum, each once. @throws GatewayError when Telegram is away */
export async function reportAnomalies({
  reconciliation,
  notifyOwner,
}: ReconciliationDependencies): Promise<{ told: number }> {
  let told = 0;
  for (;;) {
    const untold = await reconciliation.untold(PAGE_ROWS);
    if (untold.length === 0) return { told };
    for (const anomaly of untold) {
      await notifyOwner(`money:${anomaly.kind}:${anomaly.yookassaId}`, describe(anomaly), anomaly.paymentId);
      await reconciliation.told(anomaly.id);
      told += 1;
    }
  }
}

const MEANING: Readonly<Record<Anomaly['kind'], string>> = {
  'unknown-payment': 'YooKassa took money for a payment that is not in the shop’s database',
  'wrong-amount': 'YooKassa’s amount is not the order’s price',
  'unknown-refund': 'YooKassa gave back money of a payment that is not in the shop’s database',
  'unreadable-payment': 'YooKassa lists a succeeded payment that the shop can’t read',
  'unreadable-refund': 'YooKassa lists a refund that the shop can’t read',
  'receipt-failed': 'The money has moved, and its receipt (54-FZ) was refused: the buyer has none',
  'receipt-late': 'The money has moved, and its receipt (54-FZ) is not registered after a day',
};

const NEXT = 'Compare the two in YooKassa’s cabinet and settle it there, then mark it resolved.';
const RECEIPT_NEXT =
  'See the reason in YooKassa’s cabinet (or your cash desk’s), make the receipt there, then mark it resolved.';

function describe({ kind, yookassaId, paymentId, kopecks }: Anomaly): string {
  const amount =
    kopecks === null ? 'an amount that is not in roubles, or unknown' : `${(kopecks / 100).toFixed(2)} RUB`;
  const order = paymentId === null ? '' : `, order ${paymentId}`;
  return `${MEANING[kind]}: ${amount}, YooKassa ${yookassaId}${order}. ${kind.startsWith('receipt') ? RECEIPT_NEXT : NEXT}`;
}
