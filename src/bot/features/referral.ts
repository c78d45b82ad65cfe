import { Composer } from 'grammy';
import { randomBytes } from 'node:crypto';
import { readReferralPayload, REFERRAL_CODE_BYTES, referralCodeOf, referralLink } from '../../domain/referral/referral';
import { referralOffScreen, referralScreen } from '../../messages/screens/referral';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { show } from '../show';
import type { Features } from './features';

/** Inviting friends: a person's link, and what it has brought. */
export function referralFeature({
  referrals,
  referralDays,
  sessions,
}: Pick<Features, 'referrals' | 'referralDays' | 'sessions'>): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  // Who comes for the first time is attached when their row is added.
  composer.command('start', async (ctx, next) => {
    const code = readReferralPayload(ctx.match);
    if (code !== undefined) await referrals.claim(ctx.visit.userId, code);
    return next();
  });
  onAction(composer, 'invite', async (ctx, { where }) => {
    const { userId, language, timeZone } = ctx.visit;
    const standing = await referrals.standing(userId);
    if (referralDays === 0 || !standing)
      return show(ctx, referralOffScreen({ standing, timeZone }, language), where, sessions);
    const code = standing.code ?? (await referrals.code(userId, referralCodeOf(randomBytes(REFERRAL_CODE_BYTES))));
    const link = referralLink(ctx.me.username, code);
    await show(
      ctx,
      referralScreen({ ...standing, link, rewardDays: referralDays, timeZone }, language),
      where,
      sessions,
    );
  });
  return composer;
}
