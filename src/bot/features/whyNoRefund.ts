import { plain } from '../../messages/locales/index';
import type { BotContext } from '../context';
import { answer } from '../show';
import type { BuyerRefundOutcome } from '../useCases/buyerRefund';

/** Answers the button with why the shop's rule gives no money back, or why it can't be asked for now. */
export function tellWhyNoRefund(
  ctx: BotContext,
  asked: Exclude<BuyerRefundOutcome, { outcome: 'asked' }>,
): Promise<void> {
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
