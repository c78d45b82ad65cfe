import { isKeyOwed, unseenGrantScreen } from '../messages/screens/unseenGrant';
import type { FreeGrantsRepository } from '../storage/postgres/freeGrants';
import type { OwnersDeps } from './ownerNotice';

export interface UnseenGrantDeps extends Pick<OwnersDeps, 'telegram' | 'users'> {
  readonly freeGrants: Pick<FreeGrantsRepository, 'unseen' | 'recordShownIn'>;
}

/**
 * Brings the messages up to date in which somebody asked for what costs nothing, and that did not show how it stands. A
 * message that is deleted is not sent anew: the key has come in one of its own.
 * @throws GatewayError when Telegram is away
 */
export type ShowUnseenGrants = (userId: number) => Promise<void>;

export function createShowUnseenGrants({ telegram, users, freeGrants }: UnseenGrantDeps): ShowUnseenGrants {
  return async (userId) => {
    for (const grant of await freeGrants.unseen(userId)) {
      const screen = unseenGrantScreen(grant);
      if (!screen) continue;
      for (const messageId of grant.unseenIn) {
        const shown = await telegram.editMessage({ chatId: userId, messageId, ...screen });
        if (shown.outcome === 'unreachable-user') return users.setReachable(userId, false);
      }
      // What is owed is shown once more when it is sent.
      if (!isKeyOwed(grant)) await freeGrants.recordShownIn(grant.id, grant.unseenIn);
    }
  };
}
