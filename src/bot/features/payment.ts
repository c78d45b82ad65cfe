import { Composer } from 'grammy';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { plain } from '../../messages/locales/index';
import { cancelScreen, delayRefundSureScreen } from '../../messages/screens/paymentQuestions';
import { answer, showHere } from '../show';
import type { BuyerRequestOutcome } from '../useCases/buyerRequests';
import { isOpen } from '../../domain/payment';
import type { Features } from './features';

/** The buttons of a payment's screen. */
export function paymentFeature({ paying, paymentScreens }: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();

  const refuse = (ctx: BotContext) => answer(ctx, plain(ctx.visit.language, 'alert-foreign'), { alert: true });

  /** Answers the button with the outcome and draws the payment in its present state. */
  const conclude = async (ctx: BotContext, asked: BuyerRequestOutcome, toast: string): Promise<void> => {
    const { language } = ctx.visit;
    if (asked.outcome === 'foreign') return refuse(ctx);
    if (asked.outcome === 'limited')
      return answer(ctx, plain(language, 'toast-checking-limit', { seconds: Math.ceil(asked.retryAfterMs / 1000) }));
    if (asked.outcome === 'away') return answer(ctx, plain(language, 'alert-workflows-away'), { alert: true });
    await answer(ctx, plain(language, asked.outcome === 'moved-on' ? 'toast-already' : toast));
    if (asked.payment) await paymentScreens.draw(ctx, asked.payment);
  };

  onAction(composer, 'show', async (ctx, { payment: id }) => {
    const opened = await paying.reopen(ctx.visit.userId, id);
    if (!opened) return refuse(ctx);
    await answer(ctx);
    await paymentScreens.open(ctx, opened);
  });
  onAction(composer, 'check', async (ctx, { payment }) =>
    conclude(ctx, await paying.check(ctx.visit.userId, payment), 'toast-checking'),
  );
  onAction(composer, 'cancel', async (ctx, { payment: id }) => {
    const payment = await paying.own(ctx.visit.userId, id);
    if (!payment) return refuse(ctx);
    if (!isOpen(payment.status) || payment.dismissedAt !== null)
      return conclude(ctx, { outcome: 'moved-on', payment }, '');
    await showHere(ctx, cancelScreen(payment, ctx.visit.language));
  });
  onAction(composer, 'cancel-sure', async (ctx, { payment }) =>
    conclude(ctx, await paying.cancel(ctx.visit.userId, payment), 'toast-cancelling'),
  );

  onAction(composer, 'wait', async (ctx, { payment }) =>
    conclude(ctx, await paying.decideDelay(ctx.visit.userId, payment, 'wait'), 'toast-waiting'),
  );
  onAction(composer, 'other-server', async (ctx, { payment }) =>
    conclude(ctx, await paying.decideDelay(ctx.visit.userId, payment, 'another-server'), 'toast-noted'),
  );
  onAction(composer, 'delay-refund', async (ctx, { payment: id }) => {
    const payment = await paying.own(ctx.visit.userId, id);
    if (!payment) return refuse(ctx);
    if (payment.status !== 'delayed') return conclude(ctx, { outcome: 'moved-on', payment }, '');
    await showHere(ctx, delayRefundSureScreen(payment, ctx.visit.language));
  });
  onAction(composer, 'delay-refund-sure', async (ctx, { payment }) =>
    conclude(ctx, await paying.decideDelay(ctx.visit.userId, payment, 'refund'), 'toast-noted'),
  );
  return composer;
}
