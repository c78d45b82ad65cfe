import type { Composer } from 'grammy';
import type { Payment } from '../../domain/payment';
import type { Language } from '../../domain/language';
import { plain } from '../../messages/locales/index';
import type { Screen } from '../../messages/screens/screen';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { answer, showHere } from '../show';
import type { BuyerRefundOutcome, BuyerRefunds } from '../useCases/buyerRefund';

/** How a buyer asks for money back: one button shows what that means, the next asks for it. */
export interface RefundButtons {
  readonly check: 'refund' | 'cancel-gift';
  readonly sure: 'refund-sure' | 'cancel-gift-sure';
  readonly sureScreen: (payment: Payment, language: Language) => Screen;
  /** What the message shows once it is asked for; what comes of it is told in a message of its own. */
  readonly after: (ctx: BotContext, paymentId: string) => Promise<Screen>;
}

/** Handles both buttons. */
export function onRefund(
  composer: Composer<BotContext>,
  buyerRefunds: Pick<BuyerRefunds, 'check' | 'ask'>,
  { check, sure, sureScreen, after }: RefundButtons,
): void {
  onAction(composer, check, async (ctx, { payment }) => {
    const checked = await buyerRefunds.check(ctx.visit.userId, payment);
    if (checked.outcome !== 'asked') return tellWhyNoRefund(ctx, checked);
    await answer(ctx);
    await showHere(ctx, sureScreen(checked.payment, ctx.visit.language));
  });
  onAction(composer, sure, async (ctx, { payment }) => {
    const asked = await buyerRefunds.ask(ctx.visit.userId, payment);
    if (asked.outcome !== 'asked') return tellWhyNoRefund(ctx, asked);
    await answer(ctx, plain(ctx.visit.language, 'toast-noted'));
    await showHere(ctx, await after(ctx, payment));
  });
}

/** Answers the button with why the shop's rule gives no money back, or why it can't be asked for now. */
function tellWhyNoRefund(ctx: BotContext, asked: Exclude<BuyerRefundOutcome, { outcome: 'asked' }>): Promise<void> {
  const { language } = ctx.visit;
  if (asked.outcome === 'not-allowed')
    return answer(ctx, plain(language, 'refund-verdict', { verdict: asked.verdict }), { alert: true });
  if (asked.outcome === 'limited')
    return answer(ctx, plain(language, 'alert-limited', { seconds: Math.ceil(asked.retryAfterMs / 1000) }), {
      alert: true,
    });
  return answer(ctx, plain(language, asked.outcome === 'away' ? 'alert-workflows-away' : 'alert-foreign'), {
    alert: true,
  });
}
