import { paymentPage } from '../../activities/paymentNotice';
import { DAY_MS, MINUTE_MS } from '../../domain/duration';
import { keyOwedScreen } from '../../messages/screens/ownerNotice';
import { workflowPage } from '../../messages/screens/webUi';
import type { OwedKeysRepository } from '../../storage/postgres/owedKeys';
import { grantWorkflowId } from '../../workflows/contracts/grant';
import type { ReconciliationActivities } from './contract';
import type { ReconciliationDependencies } from './dependencies';

type OwedKey = Awaited<ReturnType<OwedKeysRepository['page']>>[number];

const PAGE_ROWS = 100;
/** The workflow of a younger delivery sends its key. */
const UNTOUCHED_MS = 10 * MINUTE_MS;
/** The owner is told of somebody who has not come back within this time. */
const RAISED_AFTER_MS = DAY_MS;

/**
 * One page of keys that are owed, of payments and of free grants: sent to whoever can be written to, raised with the
 * owner when a person stays away or Telegram takes the message in no form.
 * @throws GatewayError when Telegram is away; what is owed stays owed
 */
export async function sendOwedKeys(
  dependencies: ReconciliationDependencies,
  after: string | null,
): ReturnType<ReconciliationActivities['sendOwedKeys']> {
  const { owedKeys, now } = dependencies;
  const rows = await owedKeys.page(new Date(now().getTime() - UNTOUCHED_MS), after, PAGE_ROWS);
  let sent = 0;
  for (const owed of rows) {
    if (await isRunning(dependencies, owed)) continue;
    if (await sendOwedKey(dependencies, owed)) sent += 1;
  }
  return { sent, owed: rows.length - sent, next: rows.length === PAGE_ROWS ? rows.at(-1)!.id : null };
}

function isRunning(
  { paymentWorkflowClient, grantWorkflows }: ReconciliationDependencies,
  owed: OwedKey,
): Promise<boolean> {
  const grant = grantOf(owed);
  return grant ? grantWorkflows().isRunning(grant) : paymentWorkflowClient().isRunning(owed.id);
}

/** What its workflow is found by; `undefined`: it is of a payment. */
function grantOf({ freeKind, freeSource, userId }: OwedKey) {
  return freeKind === null || freeSource === null ? undefined : { kind: freeKind, source: freeSource, userId };
}

/** @returns whether Telegram took it */
async function sendOwedKey(
  { chat, sendKey, showUnseenGrants, tellOwners, temporalUi, now }: ReconciliationDependencies,
  owed: OwedKey,
): Promise<boolean> {
  const { id, deliveredAt, isReachable } = owed;
  const grant = grantOf(owed);
  const answer = isReachable ? await sendKey(id) : ({ outcome: 'owed', why: 'unreachable' } as const);
  if (answer.outcome === 'sent') {
    if (grant) await showUnseenGrants(grant.userId);
    else await chat.showScreen(await chat.load(id));
    return true;
  }
  // It was claimed, or refunded, since it was read.
  if (answer.outcome !== 'owed') return false;
  const isDue = deliveredAt !== null && now().getTime() - deliveredAt.getTime() >= RAISED_AFTER_MS;
  if (answer.why === 'refused' || isDue) {
    const workflowUrl = grant ? workflowPage(temporalUi, grantWorkflowId(grant)) : paymentPage(temporalUi, id);
    const subject = `key-owed:${grant ? 'free:' : ''}${id}:${answer.why}`;
    await tellOwners('attention', subject, (language) =>
      keyOwedScreen({ key: owed, why: answer.why, workflowUrl }, language),
    );
  }
  return false;
}

/**
 * One page of people who can be written to again and whose messages were not all brought up to date when they came
 * back: the bot died, or Telegram was away.
 * @throws GatewayError when Telegram is away
 */
export async function showUnseen(
  {
    users,
    payments,
    chat,
    showUnseenGrants,
  }: Pick<ReconciliationDependencies, 'users' | 'payments' | 'chat' | 'showUnseenGrants'>,
  after: number | null,
): ReturnType<ReconciliationActivities['showUnseen']> {
  const people = await users.withUnseen(after ?? 0, PAGE_ROWS);
  for (const userId of people) {
    for (const id of await payments.unseenScreens(userId)) await chat.showScreen(await chat.load(id));
    await showUnseenGrants(userId);
    await users.recordSeen(userId);
  }
  return { shown: people.length, next: people.length === PAGE_ROWS ? people.at(-1)! : null };
}
