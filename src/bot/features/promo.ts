import { Composer } from 'grammy';
import { assertNever } from '../../domain/assertNever';
import { isLiving } from '../../domain/subscription';
import {
  promoAskScreen,
  promoAwayScreen,
  promoLockedScreen,
  promoMalformedScreen,
  promoOfferScreen,
  promoRefusedScreen,
  promoWelcomeScreen,
} from '../../messages/screens/promo';
import { noticeWithMenu } from '../../messages/screens/menu';
import { promoAskedScreen, promoDaysScreen } from '../../messages/screens/promoGrant';
import type { Screen } from '../../messages/screens/screen';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { askedHere, show, showBelow, showHere } from '../show';
import type { PromoEntered } from '../useCases/promo';
import type { Features } from './features';

/** `promo_CODE`: the link to a code. */
const PROMO_PAYLOAD = /^promo_(.*)$/s;

/** A promo code, from a link or typed: what it gives, then the plans at its prices. */
export function promoFeature({
  sessions,
  promos,
  purchaseDialog,
  paying,
  paymentScreens,
  users,
  catalogue,
  cachedQueries,
}: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();

  const screenOf = async (
    ctx: BotContext,
    entered: Exclude<PromoEntered, { outcome: 'own-order' }>,
  ): Promise<Screen> => {
    const { userId, language, timeZone } = ctx.visit;
    switch (entered.outcome) {
      case 'accepted': {
        const canContinue = await purchaseDialog.promoTaken(userId);
        const { terms } = entered.offer;
        if (terms.kind === 'days-alone') {
          const own = await cachedQueries.subscriptionsOf(userId);
          const usable = own.filter((one) => isLiving(one) && !one.isPanelGone);
          const troubles = await catalogue.troubles();
          return promoDaysScreen({ terms, subscriptions: usable, troubles, timeZone }, language);
        }
        const plans = await promos.pricesWith(userId, entered.offer, await cachedQueries.plans());
        return promoOfferScreen({ terms, plans, timeZone, canContinue }, language);
      }
      case 'refused':
        return promoRefusedScreen(entered.reason, entered.terms, timeZone, language);
      case 'malformed':
        return promoMalformedScreen(entered.problem, language);
      case 'locked':
        return promoLockedScreen(entered.retryAfterMs, language);
      case 'storage-away':
        return promoAwayScreen(language);
      default:
        return assertNever(entered);
    }
  };

  /** Answers a code, and shows the order of theirs that holds it. */
  const reply = async (ctx: BotContext, entered: PromoEntered): Promise<void> => {
    const { userId } = ctx.visit;
    if (entered.outcome !== 'own-order') {
      const screen = await screenOf(ctx, entered);
      if (ctx.callbackQuery) await showHere(ctx, screen);
      else await showBelow(ctx, screen, sessions);
      return;
    }
    await purchaseDialog.promoTaken(userId);
    const opened = await paying.reopen(userId, entered.paymentId);
    if (opened) await paymentScreens.open(ctx, opened);
  };

  composer.command('start', async (ctx, next) => {
    const code = PROMO_PAYLOAD.exec(ctx.match)?.[1];
    if (code === undefined) return next();
    const { userId, language, firstName } = ctx.visit;
    if (await promos.hasSeenTerms(userId)) return reply(ctx, await promos.enter(userId, code));
    const isKept = await promos.keepUnseen(userId, code);
    await showBelow(ctx, promoWelcomeScreen(firstName, isKept, language), sessions);
  });
  onAction(composer, 'promo-speak', async (ctx, { language }) => {
    const { userId, firstName } = ctx.visit;
    await sessions.patchSettings(userId, { language });
    await users.setLanguage(userId, language);
    await cachedQueries.invalidateUser(userId);
    ctx.visit.language = language;
    const isKept = (await promos.codeInHand(userId)) !== undefined;
    await showHere(ctx, promoWelcomeScreen(firstName, isKept, language));
  });
  onAction(composer, 'promo-begin', async (ctx) => {
    const { userId, language } = ctx.visit;
    await promos.recordTermsSeen(userId);
    const code = await promos.codeInHand(userId);
    if (code !== undefined) {
      const entered = await promos.enter(userId, code);
      if (entered.outcome === 'refused' || entered.outcome === 'locked') await promos.drop(userId, code);
      return reply(ctx, entered);
    }
    await showHere(ctx, promoAskScreen(language));
    await purchaseDialog.askPromo(userId);
  });

  onAction(composer, 'promo', async (ctx) => {
    await purchaseDialog.askPromo(ctx.visit.userId);
    await showHere(ctx, promoAskScreen(ctx.visit.language));
  });
  onAction(composer, 'promo-drop', async (ctx, { code }) => {
    await promos.drop(ctx.visit.userId, code);
    await show(ctx, noticeWithMenu('promo-dropped', ctx.visit.language), 'here', sessions);
  });
  onAction(composer, 'promo-days', async (ctx, again) => {
    const { userId, language } = ctx.visit;
    const [found, own] = await Promise.all([
      promos.daysShown(userId, again),
      cachedQueries.ownSubscription(userId, again.subscription),
    ]);
    if (found === 'changed') return reply(ctx, await promos.enter(userId, (await promos.codeInHand(userId)) ?? ''));
    const asked = askedHere(ctx, (isAsked) => promoAskedScreen(again, isAsked, language), sessions);
    const answer =
      found === 'unknown' || own === undefined
        ? 'unknown'
        : await promos.askForFreeGrant(
            userId,
            found.code,
            {
              planCode: null,
              locationCode: own.locationCode,
              serverCode: own.serverCode,
              renewsSubscriptionId: own.id,
              grant: found.grant,
            },
            asked,
          );
    if (answer === 'unknown') await showHere(ctx, promoRefusedScreen('unknown', undefined, '', language));
  });
  composer.on('message:text', async (ctx, next) => {
    const { userId } = ctx.visit;
    if (ctx.message.text.startsWith('/') || !(await purchaseDialog.isPromoAsked(userId))) return next();
    await reply(ctx, await promos.enter(userId, ctx.message.text));
  });
  return composer;
}
