import type { MiddlewareFn } from 'grammy';
import type { Sessions } from '../../storage/redis/sessions';
import type { BotContext } from '../context';
import type { CachedQueries } from '../cachedQueries';
import { personOf } from './limit';

/**
 * Registers or recognises the person and takes over the language and time zone he chose. When PostgreSQL can't be asked, his
 * session still knows the language in which to say so.
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
    await next();
  };
}

/** Writes down what was asked for, in our words and without people's own: support reads it later. */
export function history(sessions: Sessions): MiddlewareFn<BotContext> {
  return async (ctx, next) => {
    const { action, userId } = ctx.visit;
    const command = ctx.message?.text === undefined ? undefined : /^\/([a-z]{1,32})\b/.exec(ctx.message.text)?.[1];
    const name = action?.do ?? (command === undefined ? undefined : `/${command}`);
    if (name !== undefined) await sessions.addHistory(userId, { action: name });
    await next();
  };
}
