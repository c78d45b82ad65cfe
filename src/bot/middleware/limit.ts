import type { MiddlewareFn } from 'grammy';
import { readReferralPayload } from '../../domain/referral/referral';
import type { Limits } from '../../storage/redis/limits';
import type { BotContext } from '../context';
import { plain } from '../../messages/locales/index';
import type { CachedQueries } from '../cachedQueries';
import { rateLimitedScreen } from '../../messages/screens/trouble';
import { answer, send } from '../show';

export interface LimitDeps {
  readonly limits: Pick<Limits, 'messages' | 'apiRequests'>;
  readonly adminIds: readonly number[];
  readonly cachedQueries: Pick<CachedQueries, 'upsertUser'>;
  readonly onLimited: () => void;
}

/**
 * Limits each user to ten messages and a hundred button presses a minute. The user is told once; further updates are
 * dropped without an answer until the limit allows them again.
 */
export function limit({ limits, adminIds, cachedQueries, onLimited }: LimitDeps): MiddlewareFn<BotContext> {
  return async (ctx, next) => {
    const { userId } = ctx.visit;
    if (adminIds.includes(userId)) return next();
    const isMessage = ctx.message !== undefined;
    const verdict = isMessage ? await limits.messages.hit(userId) : await limits.apiRequests.hit(`user-${userId}`);
    if (verdict.allowed) return next();
    onLimited();
    if (!verdict.notify) return;
    const { language } = await cachedQueries.upsertUser(personOf(ctx));
    if (isMessage) await send(ctx, rateLimitedScreen(verdict.retryAfterMs, language));
    else
      await answer(ctx, plain(language, 'alert-limited', { seconds: Math.ceil(verdict.retryAfterMs / 1000) }), {
        alert: true,
      });
  };
}

export function personOf(ctx: BotContext) {
  const { userId, firstName, language } = ctx.visit;
  const referralCode = readReferralPayload(/^\/start (\S+)$/.exec(ctx.message?.text ?? '')?.[1] ?? '');
  return { telegramId: userId, firstName, username: ctx.from?.username ?? null, language, referralCode };
}
