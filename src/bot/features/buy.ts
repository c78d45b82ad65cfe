import { Composer } from 'grammy';
import { assertNever } from '../../domain/assertNever';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { plain } from '../../messages/locales/index';
import { blockedScreen } from '../../messages/screens/blocked';
import { dialogEndScreen } from '../../messages/screens/buy';
import { otherOrderScreen, planChangedScreen } from '../../messages/screens/confirm';
import { promoAskedScreen } from '../../messages/screens/promoGrant';
import { trialStageScreen } from '../../messages/screens/trial';
import { payLimitedScreen, storageAwayScreen } from '../../messages/screens/trouble';
import { answer, askedHere, pressedMessageId, showBelow, showHere } from '../show';
import type { PurchaseStep } from '../useCases/purchaseSteps';
import type { Features } from './features';
import { stepScreen } from './stepScreen';

/** From "buy" to "pay": location, server, plan, confirmation, order. */
export function buyFeature({
  purchaseDialog,
  paying,
  paymentScreens,
  cachedQueries,
  sessions,
}: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();

  const showStep = async (ctx: BotContext, next: PurchaseStep): Promise<void> => {
    const { language } = ctx.visit;
    if (next.step === 'server-full') return answer(ctx, plain(language, 'alert-server-full'), { alert: true });
    await showHere(ctx, stepScreen(next, language));
  };

  composer.command('buy', async (ctx) =>
    showBelow(ctx, stepScreen(await purchaseDialog.locations(ctx.visit.userId, 0), ctx.visit.language), sessions),
  );
  onAction(composer, 'buy', async (ctx, { page }) =>
    showStep(ctx, await purchaseDialog.locations(ctx.visit.userId, page)),
  );
  onAction(composer, 'servers', async (ctx, { location, page }) =>
    showStep(ctx, await purchaseDialog.servers(ctx.visit.userId, location, page)),
  );
  onAction(composer, 'server', async (ctx, { server }) =>
    showStep(ctx, await purchaseDialog.server(ctx.visit.userId, server === '*' ? null : server)),
  );
  onAction(composer, 'plan', async (ctx, { plan }) => showStep(ctx, await purchaseDialog.plan(ctx.visit.userId, plan)));
  onAction(composer, 'plans', async (ctx) => showStep(ctx, await purchaseDialog.plans(ctx.visit.userId)));
  onAction(composer, 'continue', async (ctx) => showStep(ctx, await purchaseDialog.resume(ctx.visit.userId)));
  onAction(composer, 'renew', async (ctx, { subscription }) =>
    showStep(ctx, await purchaseDialog.renew(ctx.visit.userId, subscription)),
  );

  onAction(composer, 'again', async (ctx, { payment: paymentId }) => {
    const { userId, language } = ctx.visit;
    const payment = await paying.own(userId, paymentId);
    if (!payment) return answer(ctx, plain(language, 'alert-foreign'), { alert: true });
    // Below, so that the screen of the ended order stays.
    await showBelow(ctx, stepScreen(await purchaseDialog.again(userId, payment), language), sessions);
  });

  const pay = async (ctx: BotContext, paymentId: string, insteadOfOther: boolean): Promise<void> => {
    const { userId, chatId, language } = ctx.visit;
    const buyer = { userId, chatId, messageId: pressedMessageId(ctx) ?? null, language };
    const again = { do: 'pay', payment: paymentId } as const;
    const asked = askedHere(ctx, (isAsked) => promoAskedScreen(again, isAsked, language), sessions);
    const result = await paying.pay(buyer, paymentId, { insteadOfOther, asked });
    switch (result.outcome) {
      case 'created':
      case 'existing':
        await answer(ctx, result.outcome === 'created' ? plain(language, 'toast-preparing') : undefined);
        return paymentScreens.open(ctx, result);
      case 'foreign':
        return answer(ctx, plain(language, 'alert-foreign'), { alert: true });
      case 'limited':
        return void (await showHere(ctx, payLimitedScreen(result.retryAfterMs, language)));
      case 'storage-away':
        return void (await showHere(ctx, storageAwayScreen(language)));
      case 'asked':
        return;
      case 'other-open':
        return void (await showHere(ctx, otherOrderScreen(result.payment, result.confirmed, language)));
      case 'trouble':
      case 'promo-changed':
        return showStep(ctx, result.step);
      case 'plan-changed': {
        const { planCode, priceKopecks, grant } = result;
        const plan = (await cachedQueries.plans()).find(({ code }) => code === planCode);
        const screen = plan
          ? planChangedScreen({ ...plan, ...grant, priceKopecks }, language)
          : dialogEndScreen('unavailable', language);
        return void (await showHere(ctx, screen));
      }
      case 'blocked':
        return void (await showHere(ctx, blockedScreen(language)));
      case 'trial-refused':
        return void (await showHere(ctx, trialStageScreen(result.why, language)));
      case 'unavailable':
      case 'full':
      case 'limit-reached':
      case 'no-gifts':
        return void (await showHere(ctx, dialogEndScreen(result.outcome, language)));
      case 'expired':
        return void (await showHere(ctx, dialogEndScreen('expired-dialog', language)));
      default:
        return assertNever(result);
    }
  };
  onAction(composer, 'pay', (ctx, { payment }) => pay(ctx, payment, false));
  onAction(composer, 'pay-instead', (ctx, { payment }) => pay(ctx, payment, true));
  onAction(composer, 'take-up', async (ctx, { payment: paymentId }) => {
    const opened = await paying.reopen(ctx.visit.userId, paymentId);
    if (!opened) return answer(ctx, plain(ctx.visit.language, 'alert-foreign'), { alert: true });
    await purchaseDialog.finish(ctx.visit.userId);
    await answer(ctx);
    await paymentScreens.open(ctx, opened);
  });
  return composer;
}
