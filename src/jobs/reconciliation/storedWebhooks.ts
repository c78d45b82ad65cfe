import { log } from '@temporalio/activity';
import { wakeByNotification, type WakeOutcome } from '../../clients/wakeByNotification';
import type { ProviderId } from '../../domain/provider';
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
  const same = new Map<string, typeof events>();
  for (const event of events) {
    const key = `${event.provider} ${event.body}`;
    same.set(key, [...(same.get(key) ?? []), event]);
  }
  for (const group of same.values()) {
    const ids = group.map(({ id }) => id);
    await webhookEvents.handled(ids, await wakeByStored(dependencies, group[0]!));
  }
  return { handled: events.length, more: events.length === BATCH };
}

async function wakeByStored(
  { providers, payments, paymentWorkflowClient }: ReconciliationDependencies,
  { provider, body }: { readonly provider: ProviderId; readonly body: string },
): Promise<WakeOutcome> {
  const workflows = paymentWorkflowClient();
  const known = providers.find(provider);
  if (known === undefined) {
    // Left unhandled, a full page of them would be read for ever, and nothing after it.
    log.warn('a notification of a provider that is not set up here was put aside', { provider });
    return 'not-set-up';
  }
  const notification = known.readNotification?.(body);
  if (!notification) return 'ignored';
  const hasSucceededRefund = async (of: ProviderId, ref: string) =>
    (await payments.refunds.byProviderRef(of, ref))?.status === 'succeeded';
  return wakeByNotification(
    { payments, hasSucceededRefund, paymentWorkflows: workflows, refundWorkflows: workflows },
    notification,
  );
}
