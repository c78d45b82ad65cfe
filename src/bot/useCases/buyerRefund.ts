import type { Payment } from '../../domain/payment';
import { judgeBuyerRefund, judgeGiftRefund, usedOfThis, type BuyerRefundRule } from '../../domain/refund';
import type { Limiter } from '../../storage/redis/limits';
import type { BotDeps, Log, PaymentsPort } from '../ports';

export interface BuyerRefundDeps {
  readonly payments: PaymentsPort;
  readonly gifts: Pick<BotDeps['gifts'], 'byId'>;
  readonly refundWorkflows: BotDeps['refundWorkflows'];
  readonly rule: BuyerRefundRule;
  readonly limit: Limiter;
  readonly now: () => Date;
  readonly log: Log;
}

export type BuyerRefundOutcome =
  | { readonly outcome: 'asked'; readonly payment: Payment }
  /** `verdict`: why the rule does not allow it, see `judgeBuyerRefund`. */
  | { readonly outcome: 'not-allowed'; readonly payment: Payment; readonly verdict: string }
  | { readonly outcome: 'limited'; readonly retryAfterMs: number }
  | { readonly outcome: 'away' | 'foreign' };

export type BuyerRefunds = ReturnType<typeof createBuyerRefunds>;

/**
 * Refunds that the shop's rule lets buyers have without an operator. What is judged here is for the screen, by what the
 * panel last showed; the workflow asks the panel itself before it decides.
 */
export function createBuyerRefunds({ payments, gifts, refundWorkflows, rule, limit, now, log }: BuyerRefundDeps) {
  const verdictOn = async (payment: Payment): Promise<string> => {
    const gift = payment.purpose === 'gift' ? await gifts.byId(payment.id) : undefined;
    if (gift) return judgeGiftRefund(rule, gift, now());
    const use = await payments.usageOf(payment.id);
    if (!use) return 'not-delivered';
    if (!use.isNewest) return 'renewed-since';
    // Without a sample of the panel yet, 0 is assumed: the workflow finds out what was used.
    return judgeBuyerRefund(rule, { ...use, usedGb: usedOfThis(use.lastUsedGb ?? 0, use.earlierGb) }, now());
  };

  return {
    /** The payment of a subscription that the buyer may have refunded now; `undefined` for none. */
    async offer(userId: number, subscriptionId: string): Promise<Payment | undefined> {
      if (rule.withinMs === 0) return undefined;
      const payment = await payments.ofSubscription(subscriptionId);
      return payment?.userId === userId && (await verdictOn(payment)) === 'allowed' ? payment : undefined;
    },

    async check(userId: number, paymentId: string): Promise<BuyerRefundOutcome> {
      const payment = await payments.byId(paymentId);
      if (payment?.userId !== userId) return { outcome: 'foreign' };
      const verdict = await verdictOn(payment);
      return verdict === 'allowed' ? { outcome: 'asked', payment } : { outcome: 'not-allowed', payment, verdict };
    },

    async ask(userId: number, paymentId: string): Promise<BuyerRefundOutcome> {
      const checked = await this.check(userId, paymentId);
      if (checked.outcome !== 'asked') return checked;
      const allowed = await limit.hit(userId);
      if (!allowed.allowed) return { outcome: 'limited', retryAfterMs: allowed.retryAfterMs };
      try {
        // The payment's own id names the request: pressed twice it is one.
        await refundWorkflows.request(checked.payment, {
          requestId: paymentId,
          kopecks: null,
          askedBy: 'buyer',
          reason: 'buyer-refund',
        });
        return checked;
      } catch (error) {
        log(error, 'a buyer’s refund could not be handed to its workflow');
        return { outcome: 'away' };
      }
    },
  };
}
