import type { Payment } from '../../domain/payment';
import { mayReturn, usedOfThis, type BuyerRule } from '../../domain/returns';
import type { Limiter } from '../../storage/redis/limits';
import type { BotDeps, PaymentsPort } from '../ports';

export interface GiveBackDeps {
  readonly payments: PaymentsPort;
  readonly refundWorkflows: BotDeps['refundWorkflows'];
  readonly rule: BuyerRule;
  readonly limit: Limiter;
  readonly now: () => Date;
  readonly log: (error: unknown, message: string) => void;
}

export type GiveBackOutcome =
  | { readonly outcome: 'asked'; readonly payment: Payment }
  /** `verdict` is the rule's word. */
  | { readonly outcome: 'not-allowed'; readonly payment: Payment; readonly verdict: string }
  | { readonly outcome: 'limited'; readonly retryAfterMs: number }
  | { readonly outcome: 'away' | 'foreign' };

export type GivingBack = ReturnType<typeof createGivingBack>;

/**
 * The buyer's own refund of what he has, where the shop's rule allows one. What is judged here is for the screen, by the last word
 * of the panel; the workflow asks the panel itself before it decides.
 */
export function createGivingBack({ payments, refundWorkflows, rule, limit, now, log }: GiveBackDeps) {
  const verdictOn = async (payment: Payment): Promise<string> => {
    const use = await payments.usageOf(payment.id);
    if (!use) return 'not-delivered';
    if (!use.isNewest) return 'renewed-since';
    // Nobody has looked yet: what he has used since he bought it the workflow finds out.
    return mayReturn(rule, { ...use, usedGb: usedOfThis(use.lastUsedGb ?? 0, use.earlierGb) }, now());
  };

  return {
    /** The payment of a subscription that the buyer may have back now; `undefined` for none. */
    async offer(userId: number, subscriptionId: string): Promise<Payment | undefined> {
      if (rule.withinMs === 0) return undefined;
      const payment = await payments.ofSubscription(subscriptionId);
      return payment?.userId === userId && (await verdictOn(payment)) === 'allowed' ? payment : undefined;
    },

    async check(userId: number, paymentId: string): Promise<GiveBackOutcome> {
      const payment = await payments.byId(paymentId);
      if (payment?.userId !== userId) return { outcome: 'foreign' };
      const verdict = await verdictOn(payment);
      return verdict === 'allowed' ? { outcome: 'asked', payment } : { outcome: 'not-allowed', payment, verdict };
    },

    async ask(userId: number, paymentId: string): Promise<GiveBackOutcome> {
      const checked = await this.check(userId, paymentId);
      if (checked.outcome !== 'asked') return checked;
      const allowed = await limit.hit(userId);
      if (!allowed.allowed) return { outcome: 'limited', retryAfterMs: allowed.retryAfterMs };
      try {
        // The payment's own id names the wish: pressed twice it is one.
        await refundWorkflows.wish(checked.payment, {
          orderId: paymentId,
          kopecks: null,
          askedBy: 'buyer',
          reason: 'buyer-return',
        });
        return checked;
      } catch (error) {
        log(error, 'a buyer’s refund could not be handed to its workflow');
        return { outcome: 'away' };
      }
    },
  };
}
