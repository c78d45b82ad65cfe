import { Composer } from 'grammy';
import type { BotContext } from '../context';
import type { BotDeps } from '../ports';

/**
 * Stores whether a user has blocked the bot, so that nothing is sent to them then. Leaves every group that adds it:
 * keys are private.
 */
export function membershipFeature({
  users,
  cachedQueries,
  logger,
}: Pick<BotDeps, 'users' | 'cachedQueries' | 'logger'>): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  composer.on('my_chat_member', async (ctx) => {
    const { chat, from, new_chat_member: member } = ctx.myChatMember;
    if (chat.type !== 'private') {
      if (member.status === 'member' || member.status === 'administrator')
        await ctx.leaveChat().catch(() => logger.debug('a group could not be left'));
      return;
    }
    await users.setReachable(from.id, member.status !== 'kicked');
    await cachedQueries.invalidateUser(from.id);
  });
  return composer;
}
