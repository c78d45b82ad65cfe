import { createHash } from 'node:crypto';
import { log } from '@temporalio/activity';
import { MINUTE_MS } from '../domain/duration';
import { isRefusedMessage } from '../gateways/errors';
import { outageEndScreen, outagePastScreen, outageScreen, type OutageTold } from '../messages/screens/outage';
import type { Outage, OutagesRepository } from '../storage/postgres/outages';
import type { WaitingForPanelRepository } from '../storage/postgres/waitingForPanel';
import type { WaitingForProviderRepository } from '../storage/postgres/waitingForProvider';
import { notYet } from './failures';
import type { Providers } from '../providers/registry';
import { ownersScreen, type OwnersDeps, type OwnersScreen, type TellOwners } from './ownerNotice';

/**
 * - `told`: an owner has the newest state
 * - `untold`: no owner can be written to
 * - `busy`: another worker is telling it
 */
export type OutageTelling = 'told' | 'untold' | 'busy';

/**
 * Brings what the owners read of an outage up to date, however often and from wherever it is called: one message when
 * it begins, which is edited while who waits changes, and one at its end.
 * @throws GatewayError when Telegram is away; a repeat leaves out whoever was told before
 */
export type TellOutage = (outageId: number) => Promise<OutageTelling>;

/**
 * Has the owners told of an outage.
 * @returns whether an owner knows
 * @throws ApplicationFailure `NotYet` while another worker tells them; GatewayError when Telegram is away
 */
export async function ownersKnowOutage(tellOutage: TellOutage, outageId: number): Promise<boolean> {
  const telling = await tellOutage(outageId);
  if (telling === 'busy') throw notYet('another worker tells the owners of this outage');
  return telling === 'told';
}

export interface OutageNoticesDeps extends Pick<OwnersDeps, 'telegram' | 'users'> {
  readonly outages: Pick<OutagesRepository, 'byId' | 'beginTelling' | 'endTelling' | 'markTold'>;
  readonly waitingForPanel: Pick<WaitingForPanelRepository, 'of'>;
  readonly waitingForProvider: Pick<WaitingForProviderRepository, 'at'>;
  readonly notifications: Pick<OwnersDeps['notifications'], 'messagesOf'>;
  readonly providers: Pick<Providers, 'all'>;
  readonly tellOwners: TellOwners;
  readonly now: () => Date;
}

/** Longer than the messages of a few owners take. */
const TELLING_MS = 2 * MINUTE_MS;

const KIND = 'outage';

export function createOutageNotices(deps: OutageNoticesDeps): TellOutage {
  const { outages, waitingForPanel, waitingForProvider, notifications, telegram, users, providers, tellOwners, now } =
    deps;

  /** Edits the message that owners have; one that is deleted or refused stays as it is. */
  async function edit(subject: string, screen: OwnersScreen): Promise<boolean> {
    const messages = await notifications.messagesOf(KIND, subject);
    for (const { userId, messageId } of messages) {
      const shown = await ownersScreen(users, userId, screen);
      await telegram.editMessage({ chatId: userId, messageId, ...shown }).catch((error: unknown) => {
        if (!isRefusedMessage(error)) throw error;
        log.warn('an owner’s message about an outage could not be edited', { subject, code: error.code });
      });
    }
    return messages.length > 0;
  }

  async function tell(outage: Outage): Promise<OutageTelling> {
    const { service, serverCode } = outage;
    const isProvider = providers.all.some(({ id }) => id === service);
    const who = {
      waiting: serverCode === null ? undefined : await waitingForPanel.of(serverCode),
      atProvider: isProvider ? await waitingForProvider.at(service) : undefined,
    };
    const [began, ended] = [`${outage.id}:began`, `${outage.id}:ended`];
    const state = digest(outage, who);
    const screenOf =
      (screen: typeof outageScreen): OwnersScreen =>
      (language, timeZone) =>
        screen({ outage, ...who, timeZone }, language);

    if (outage.endedAt !== null) {
      if (outage.toldAt === null || outage.endToldAt !== null) return 'untold';
      const { told } = await tellOwners(KIND, ended, screenOf(outageEndScreen));
      await edit(began, screenOf(outagePastScreen));
      await outages.markTold(outage.id, 'end', now(), state);
      return told ? 'told' : 'untold';
    }
    if (outage.toldAt === null) {
      const { told } = await tellOwners(KIND, began, screenOf(outageScreen));
      await outages.markTold(outage.id, 'beginning', now(), state);
      return told ? 'told' : 'untold';
    }
    if (outage.shown === state) return (await notifications.messagesOf(KIND, began)).length > 0 ? 'told' : 'untold';
    const hasMessages = await edit(began, screenOf(outageScreen));
    await outages.markTold(outage.id, 'beginning', now(), state);
    return hasMessages ? 'told' : 'untold';
  }

  return async (outageId) => {
    if (!(await outages.beginTelling(outageId, TELLING_MS))) return 'busy';
    try {
      // Read when no other worker can tell it any more.
      const outage = await outages.byId(outageId);
      return outage === undefined ? 'untold' : await tell(outage);
    } finally {
      await outages.endTelling(outageId);
    }
  };
}

/** What an owner would see change: not the words of the newest failure, which are others each time. */
function digest({ kind, code, endedAt }: Outage, who: Pick<OutageTold, 'waiting' | 'atProvider'>): string {
  const seen = JSON.stringify([kind, code, endedAt, who]);
  return createHash('sha256').update(seen).digest('hex').slice(0, 16);
}
