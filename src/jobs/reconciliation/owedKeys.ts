import { paymentPage } from '../../activities/paymentNotice';
import { DAY_MS } from '../../domain/duration';
import { keyOwedScreen } from '../../messages/screens/ownerNotice';
import type { OwedKey } from '../../storage/postgres/owedKeys';
import type { ReconciliationActivities } from './contract';
import type { ReconciliationDependencies } from './dependencies';

const PAGE_ROWS = 100;
/** The payment's own workflow sends the key of a younger delivery. */
const UNTOUCHED_MS = 10 * 60_000;
/** The owner is told of a buyer who has not come back within this time. */
const RAISED_AFTER_MS = DAY_MS;

/**
 * One page of keys that are owed: sent to whoever can be written to, raised with the owner when a buyer stays away or
 * Telegram takes the message in no form.
 * @throws GatewayError when Telegram is away; what is owed stays owed
 */
export async function sendOwedKeys(
  dependencies: ReconciliationDependencies,
  after: string | null,
): ReturnType<ReconciliationActivities['sendOwedKeys']> {
  const { owedKeys, paymentWorkflowClient, now } = dependencies;
  const rows = await owedKeys.page(new Date(now().getTime() - UNTOUCHED_MS), after, PAGE_ROWS);
  let sent = 0;
  for (const owed of rows) {
    if (await paymentWorkflowClient().isRunning(owed.paymentId)) continue;
    if (await sendOwedKey(dependencies, owed)) sent += 1;
  }
  return { sent, owed: rows.length - sent, next: rows.length === PAGE_ROWS ? rows.at(-1)!.paymentId : null };
}

/** @returns whether Telegram took it */
async function sendOwedKey(
  { chat, tellOwners, temporalUi, now }: ReconciliationDependencies,
  { paymentId, deliveredAt, isReachable }: OwedKey,
): Promise<boolean> {
  const answer = isReachable
    ? await chat.sendKey(await chat.load(paymentId))
    : ({ outcome: 'owed', why: 'unreachable' } as const);
  if (answer.outcome === 'sent') {
    await chat.showScreen(await chat.load(paymentId));
    return true;
  }
  const isDue = now().getTime() - deliveredAt.getTime() >= RAISED_AFTER_MS;
  if (answer.why === 'refused' || isDue) {
    const about = { paymentId, why: answer.why, workflowUrl: paymentPage(temporalUi, paymentId) };
    await tellOwners('attention', `key-owed:${paymentId}:${answer.why}`, (language) => keyOwedScreen(about, language));
  }
  return false;
}
