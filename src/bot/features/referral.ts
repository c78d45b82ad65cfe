import { Composer } from 'grammy';
import { randomBytes } from 'node:crypto';
import { readReferralPayload, REFERRAL_CODE_BYTES, referralCodeOf, referralLink } from '../../domain/referral/referral';
import { noticeWithMenu } from '../../messages/screens/menu';
import { referralOffScreen, referralScreen } from '../../messages/screens/referral';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { show } from '../show';
import type { Features } from './features';

/** Inviting friends: a person's link, and what it has brought. */
export function referralFeature({
  referrals,
  referralDays,
  referralTerms,
  sessions,
}: Pick<Features, 'referrals' | 'referralDays' | 'referralTerms' | 'sessions'>): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  // Who comes for the first time is attached when their row is added.
  composer.command('start', async (ctx, next) => {
    const code = readReferralPayload(ctx.match);
    if (code === undefined) return next();
    const { userId, language } = ctx.visit;
    await referrals.claim(userId, code);
    const invitation = referralDays > 0 ? await referrals.invitation(userId, code) : undefined;
    if (invitation === undefined || invitation === 'counts') return next();
    const notice = invitation === 'own' ? 'invitation-own' : 'invitation-late';
    await show(ctx, noticeWithMenu(notice, language), 'below', sessions);
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
      referralScreen({ ...standing, link, rewardDays: referralDays, terms: referralTerms, timeZone }, language),
      where,
      sessions,
    );
  });
  return composer;
}
