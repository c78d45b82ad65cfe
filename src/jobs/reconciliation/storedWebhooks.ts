import { wakeByNotification, type WakeOutcome } from '../../clients/wakeByNotification';
import { parseNotification } from '../../gateways/yookassa/webhook';
import type { ReconciliationDependencies } from './dependencies';

/** Stored notifications of one activity: a burst of a million is a thousand activities. */
const BATCH = 1_000;

/** Handles notifications that were stored at least `olderThanMs` ago and never handled. `more`: call again. */
export async function handleStoredWebhooks(
  dependencies: ReconciliationDependencies,
  olderThanMs: number,
): Promise<{ handled: number; more: boolean }> {
  const { webhookEvents } = dependencies;
  const events = await webhookEvents.unhandled(olderThanMs, BATCH);
  // The same notification a thousand times is looked at once.
  const idsByBody = new Map<string, number[]>();
  for (const { id, body } of events) {
    const ids = idsByBody.get(body);
    if (ids) ids.push(id);
    else idsByBody.set(body, [id]);
  }
  for (const [body, ids] of idsByBody) {
    await webhookEvents.handled(ids, await wakeByBody(dependencies, body));
  }
  return { handled: events.length, more: events.length === BATCH };
}

async function wakeByBody(
  { payments, paymentWorkflowClient }: ReconciliationDependencies,
  body: string,
): Promise<WakeOutcome> {
  const workflows = paymentWorkflowClient();
  const notification = parseNotification(parseJson(body));
  if (!notification) return 'ignored';
  const hasSucceededRefund = async (id: string) => (await payments.refunds.byProviderRef(id))?.status === 'succeeded';
  return wakeByNotification(
    { payments, hasSucceededRefund, paymentWorkflows: workflows, refundWorkflows: workflows },
    notification,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
