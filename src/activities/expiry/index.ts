import { log } from '@temporalio/activity';
import { endedScreen } from '../../messages/screens/reminder';
import { endSubject } from '../../domain/reminders';
import { isGatewayError } from '../../gateways/errors';
import type { HiddifyPanel } from '../../gateways/hiddify';
import type { CatalogueRepository, PanelAccess } from '../../storage/postgres/catalogue';
import type { AccountToDeactivate, PanelDeactivationsRepository } from '../../storage/postgres/panelDeactivations';
import type { ExpiryNoticesRepository, ExpiringSubscription } from '../../storage/postgres/expiryNotices';
import type { SubscriptionsRepository } from '../../storage/postgres/subscriptions';
import type { BulkCounts, BulkPage, ListPosition } from '../../workflows/contracts/reminders';
import { NO_MESSAGES } from '../../workflows/contracts/reminders';
import type {
  ClosingActivities,
  ExpiryActivities,
  ExpiryBulkActivities,
  PanelClosing,
} from '../../workflows/contracts/expiry';
import { panelStateOf } from '../panel';
import { PAGE, sendPage } from '../reminders';
import type { BulkMessage, BulkSenderDeps } from '../reminders/bulkSender';
import { resumable } from '../heartbeat';

export interface ExpiryActivityDeps extends BulkSenderDeps {
  readonly panelDeactivations: PanelDeactivationsRepository;
  readonly expiryNotices: ExpiryNoticesRepository;
  readonly subscriptions: SubscriptionsRepository;
  readonly catalogue: CatalogueRepository;
  readonly panelOf: (access: PanelAccess) => HiddifyPanel;
  /** How long a subscription works on after its end, in ms (`SUBSCRIPTION_GRACE`). */
  readonly graceMs: number;
  /** Drops what the caches say of a buyer, and of a location's free places; must not throw. */
  readonly forget: (userId: number, locationCode?: string) => Promise<void>;
  readonly now: () => Date;
}

const BATCH = 500;
/** Whoever was closed longer ago and was never told need not hear of it any more. */
const TELL_WITHIN_MS = 7 * 86_400_000;

export const ENDED_KIND = 'ended';

/** The end of subscriptions: in the record, on the panels, to the people. */
export function createExpiryActivities(
  deps: ExpiryActivityDeps,
): ExpiryActivities & ClosingActivities & ExpiryBulkActivities {
  const { panelDeactivations, expiryNotices, forget, graceMs, now } = deps;
  return {
    async closeExpired() {
      const at = now();
      const closed = await panelDeactivations.markExpired(new Date(at.getTime() - graceMs), at, BATCH);
      for (const { userId, locationCode } of closed) await forget(userId, locationCode);
      return { closed: closed.length, more: closed.length === BATCH };
    },

    countToTell: async () => ({
      subscriptions: await expiryNotices.countExpired(new Date(now().getTime() - TELL_WITHIN_MS)),
    }),

    serversToClose: async () => ({ servers: await panelDeactivations.servers() }),

    closeOnPanel: ({ serverCode }) =>
      resumable<PanelClosing, PanelClosing>((before, note, signal) =>
        closeOnPanel(deps, serverCode, before ?? { disabled: 0, reopened: 0 }, note, signal),
      ),

    tellExpired: ({ after }) =>
      resumable<{ after: ListPosition | null; scanned: number; counts: BulkCounts }, BulkPage>(
        async (from, note, signal) => {
          const start = from ?? { after, scanned: 0, counts: NO_MESSAGES };
          const rows = await expiryNotices.expired(
            new Date(now().getTime() - TELL_WITHIN_MS),
            start.after,
            PAGE - start.scanned,
          );
          return sendPage({
            deps,
            rows,
            start,
            full: start.scanned + rows.length >= PAGE,
            messageFor: endedMessage,
            note,
            signal,
          });
        },
      ),
  };
}

function endedMessage(one: ExpiringSubscription): BulkMessage {
  return {
    userId: one.userId,
    kind: ENDED_KIND,
    subject: endSubject(one.id, one.expiresAt),
    subscriptionId: one.id,
    status: 'expired',
    expiresAt: one.expiresAt,
    screen: () => endedScreen({ subscription: one }, one.language),
  };
}

async function closeOnPanel(
  deps: ExpiryActivityDeps,
  serverCode: string,
  before: PanelClosing,
  note: (sum: PanelClosing) => void,
  signal: AbortSignal,
): Promise<PanelClosing> {
  const { panelDeactivations, catalogue, panelOf } = deps;
  const panel = panelOf(await catalogue.panelAccess(serverCode));
  let sum = before;
  const add = (what: keyof PanelClosing) => {
    sum = { ...sum, [what]: sum[what] + 1 };
    note(sum);
  };

  for (const id of await panelDeactivations.toReactivate(serverCode, BATCH)) {
    signal.throwIfAborted();
    if (await reopen(deps, panel, id, signal)) add('reopened');
  }
  // What the panel has confirmed leaves the list; the position only steps over what was renewed meanwhile.
  for (let after: string | null = null; ;) {
    const accounts: AccountToDeactivate[] = await panelDeactivations.toDeactivate(serverCode, after, BATCH);
    for (const account of accounts) {
      signal.throwIfAborted();
      after = account.subscriptionId;
      if (!(await panelDeactivations.begin(account))) continue;
      await disable(panel, account, signal);
      if (await panelDeactivations.confirm(account)) add('disabled');
      // A renewal was recorded while the panel was being told. Whichever of the two the panel heard last, it hears the record now.
      else if (await reopen(deps, panel, account.subscriptionId, signal)) add('reopened');
    }
    if (accounts.length < BATCH) return sum;
  }
}

/** An account that is not there can let nobody in. */
async function disable(
  panel: HiddifyPanel,
  { panelUserId, subscriptionId }: AccountToDeactivate,
  signal: AbortSignal,
): Promise<void> {
  try {
    await panel.setEnabled(panelUserId, false, signal);
  } catch (error) {
    if (!isGatewayError(error) || error.code !== 'not-found') throw error;
    log.info('an ended account is not on its panel', { subscriptionId });
  }
}

/** Tells the panel the living state of a renewed subscription. @returns whether it is living */
async function reopen(
  { subscriptions, panelDeactivations }: ExpiryActivityDeps,
  panel: HiddifyPanel,
  subscriptionId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const living = await subscriptions.byId(subscriptionId);
  if (!living || (living.status !== 'active' && living.status !== 'pending')) return false;
  await panel.ensureUser(panelStateOf(living), signal);
  await panelDeactivations.confirmReactivation(subscriptionId, living.expiresAt);
  return true;
}
