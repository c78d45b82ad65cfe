import { Composer, type Api } from 'grammy';
import { isKeyOwed, unseenGrantScreen } from '../../messages/screens/unseenGrant';
import type { BotContext } from '../context';
import type { BotDeps } from '../ports';
import { editMessageIn, sendTo } from '../show';
import { createOwedKeys, type OwedKeysDeps } from '../useCases/owedKeys';
import type { PaymentScreens } from './paymentScreens';

/**
 * Stores whether a user has blocked the bot, so that nothing is sent to them then. When they are back it sends the keys
 * they are owed, paid or given, and brings up to date the messages of orders that went on meanwhile. Leaves every group
 * that adds it: keys are private.
 */
export function membershipFeature({
  users,
  cachedQueries,
  logger,
  payments,
  paymentScreens,
  freeGrants,
  ...deps
}: Pick<BotDeps, 'users' | 'cachedQueries' | 'logger' | 'freeGrants'> &
  OwedKeysDeps & { readonly paymentScreens: Pick<PaymentScreens, 'refresh'> }): Composer<BotContext> {
  const sendOwedKeys = createOwedKeys({ ...deps, payments });
  /** What they asked for that costs nothing, in the messages in which they did; a deleted one is not sent anew. */
  const showUnseenGrants = async (api: Api, userId: number): Promise<void> => {
    for (const grant of await freeGrants.unseen(userId)) {
      const screen = unseenGrantScreen(grant);
      if (!screen) continue;
      for (const messageId of grant.unseenIn) await editMessageIn(api, userId, messageId, screen);
      if (!isKeyOwed(grant)) await freeGrants.recordShownIn(grant.id, grant.unseenIn);
    }
  };
  const composer = new Composer<BotContext>();
  composer.on('my_chat_member', async (ctx) => {
    const { chat, from, new_chat_member: member } = ctx.myChatMember;
    if (chat.type !== 'private') {
      if (member.status === 'member' || member.status === 'administrator')
        await ctx.leaveChat().catch(() => logger.debug('a group could not be left'));
      return;
    }
    const isReachable = member.status !== 'kicked';
    await users.setReachable(from.id, isReachable);
    await cachedQueries.invalidateUser(from.id);
    if (!isReachable) return;
    await sendOwedKeys(from.id, {
      send: (chatId, screen) => sendTo(ctx.api, chatId, screen),
      botUsername: ctx.me.username,
      refreshScreen: (chatOf) => paymentScreens.refresh(ctx.api, chatOf),
    });
    for (const id of await payments.unseenScreens(from.id))
      await paymentScreens.refresh(ctx.api, await payments.chatOf(id));
    await showUnseenGrants(ctx.api, from.id);
    // Last: should this process die before, the messages are still known as unseen, and reconciliation edits them.
    await users.recordSeen(from.id);
  });
  return composer;
}
