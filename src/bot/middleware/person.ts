import type { MiddlewareFn } from 'grammy';
import type { Sessions } from '../../storage/redis/sessions';
import type { BotContext } from '../context';
import type { CachedQueries } from '../cachedQueries';
import { personOf } from './limit';

/**
 * Registers the user, or reads their language and time zone. When PostgreSQL can't be asked, the language is taken from
 * the session, so that the failure is told in it.
 */
export function person(
  cachedQueries: Pick<CachedQueries, 'upsertUser'>,
  sessions: Pick<Sessions, 'get'>,
): MiddlewareFn<BotContext> {
  return async (ctx, next) => {
    const user = await cachedQueries.upsertUser(personOf(ctx)).catch(async (error: unknown) => {
      ctx.visit.language = (await sessions.get(ctx.visit.userId)).settings.language ?? ctx.visit.language;
      throw error;
    });
    ctx.visit.language = user.language;
    ctx.visit.timeZone = user.timeZone;
    ctx.visit.isBlocked = user.blockedAt !== null;
    await next();
  };
}

/** Adds the command or the button's verb to the user's history in the session, never a message text. */
export function history(sessions: Sessions): MiddlewareFn<BotContext> {
  return async (ctx, next) => {
    const { action, userId } = ctx.visit;
    const command = ctx.message?.text === undefined ? undefined : /^\/([a-z]{1,32})\b/.exec(ctx.message.text)?.[1];
    const name = action?.do ?? (command === undefined ? undefined : `/${command}`);
    // Nobody waits for the entry: what reads the history asks by the same connection, so after it.
    await Promise.all([name === undefined ? undefined : sessions.addHistory(userId, name), next()]);
  };
}
