import { paymentPage } from '../../activities/paymentNotice';
import { anomalyScreen } from '../../messages/screens/ownerNotice';
import type { ReconciliationDependencies } from './dependencies';

const PAGE_ROWS = 100;

/** Tells the owner of every unexplained sum, each once. @throws GatewayError when Telegram is away */
export async function reportAnomalies({
  reconciliation,
  tellOwners,
  temporalUi,
}: ReconciliationDependencies): Promise<{ told: number }> {
  let told = 0;
  for (;;) {
    const untold = await reconciliation.untold(PAGE_ROWS);
    if (untold.length === 0) return { told };
    for (const anomaly of untold) {
      const { kind, provider, providerRef, paymentId } = anomaly;
      const workflowUrl = paymentId === null ? undefined : paymentPage(temporalUi, paymentId);
      await tellOwners('attention', `money:${kind}:${provider}:${providerRef}`, (language) =>
        anomalyScreen({ ...anomaly, workflowUrl }, language),
      );
      await reconciliation.told(anomaly.id);
      told += 1;
    }
  }
}
