import { cancellationSignal, log } from '@temporalio/activity';
import { judgeBuyerRefund, judgeGiftRefund, usedOfThis, type BuyerRefundRule } from '../../domain/refund';
import { PanelGoneError } from '../../domain/panelGone';
import { isGatewayError } from '../../gateways/errors';
import type { HiddifyPanel } from '../../gateways/hiddify';
import type { GiftWorkflows } from '../../clients/giftWorkflows';
import type { CatalogueRepository, PanelAccess } from '../../storage/postgres/catalogue';
import type { PaymentUsage } from '../../storage/postgres/payments/usage';
import type { CacheInvalidation } from '../../storage/redis/cacheInvalidation';
import type { RefundActivities } from '../../workflows/contracts/refund';
import { notYet } from '../failures';
import { isOfAnotherAccount, type Payment } from '../../domain/payment';
import type { PaymentProvider } from '../../providers/port';
import { askForRefund, type AskForRefundDeps } from './ask';
import { keptCharge, surplusOf } from '../provider/charges';
import { sumOf } from '../provider/judge';
import { checkRefund, comparable } from './attempts';
import { createRefundMessages, type RefundMessageDeps } from './messages';

export interface RefundActivityDeps extends AskForRefundDeps, RefundMessageDeps {
  readonly catalogue: Pick<CatalogueRepository, 'panelAccess'>;
  readonly panelOf: (access: PanelAccess) => Pick<HiddifyPanel, 'getUser'>;
  readonly rule: BuyerRefundRule;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'invalidatePurchase' | 'invalidateSubscriptions'>;
  /** Called inside an activity, where it uses the worker's own client. */
  readonly giftWorkflows: () => Pick<GiftWorkflows, 'changed'>;
}

/** Everything about refunds that workflows ask for: the provider's answers, our rows, and what people are told. */
export function createRefundActivities(deps: RefundActivityDeps): RefundActivities {
  const { providers, payments, gifts, giftWorkflows, cacheInvalidation, now } = deps;
  const invalidate = async (paymentId: string): Promise<void> => {
    const payment = await payments.byId(paymentId);
    if (payment) await cacheInvalidation.invalidatePurchase(payment);
    // Of a gift others see it, too: who has claimed it, and its own workflow.
    const gift = payment?.purpose === 'gift' ? await gifts.byId(paymentId) : undefined;
    if (!gift) return;
    if (gift.claimedBy !== null) await cacheInvalidation.invalidateSubscriptions(gift.claimedBy);
    await giftWorkflows().changed(paymentId);
  };

  return {
    async compareRefunds({ paymentId }) {
      const payment = await payments.byId(paymentId);
      const nothing = { paidKopecks: 0, recorded: [], pendingOutside: 0, status: null };
      if (!payment?.providerRef) return nothing;
      const provider = providers.of(payment.provider);
      // What the provider does not know (any more) was paid all the same: how its money goes back a person decides.
      const unknown = { ...nothing, paidKopecks: payment.paidAt === null ? 0 : payment.priceKopecks };
      if (isOfAnotherAccount(payment, provider.account)) return unknown;
      const theirs = await provider.check(payment.providerRef, cancellationSignal());
      if (theirs.state === 'unknown') return unknown;
      if (theirs.state !== 'paid') return nothing;
      const { chargeId, amount } = keptCharge(theirs.charges, payment);
      const paidKopecks = amount.minor;
      const refunds = await provider.refundsOf(payment.providerRef, cancellationSignal());
      // What was paid too much goes back by itself, and is no part of this purchase.
      const shown = refunds.filter((one) => one.chargeId === chargeId).map((one) => comparable(one, paymentId));
      const { recorded, pendingOutside, status } = await payments.recordShownRefunds(
        paymentId,
        shown,
        paidKopecks,
        now(),
      );
      if (recorded.length > 0) await invalidate(paymentId);
      return { paidKopecks, recorded, pendingOutside, status };
    },

    async followOutsideRefunds({ paymentId }) {
      const payment = await payments.byId(paymentId);
      if (!payment?.providerRef) return;
      const shown = await providers.of(payment.provider).refundsOf(payment.providerRef, cancellationSignal());
      for (const { status, refundRef } of shown) {
        if (status === 'pending' && (await payments.refunds.byProviderRef(payment.provider, refundRef)) === undefined)
          throw notYet('a refund made outside the shop is still pending');
      }
    },

    async judgeBuyerRefund({ paymentId, requestId }) {
      // A request that was granted before is the same one, pressed twice.
      if ((await payments.refunds.byRequest(requestId)) !== undefined) return { verdict: 'allowed' };
      const gift = await gifts.byId(paymentId);
      if (gift) return { verdict: judgeGiftRefund(deps.rule, gift, now()) };
      const use = await payments.usageOf(paymentId);
      if (!use) return { verdict: 'not-delivered' };
      if (!use.isNewest) return { verdict: 'renewed-since' };
      const usedGb = usedOfThis(await usedNow(deps, use), use.earlierGb);
      return { verdict: judgeBuyerRefund(deps.rule, { ...use, usedGb }, now()) };
    },

    async planRefund({ paymentId, request, paidKopecks }) {
      const planned = await payments.planRefund(paymentId, request, paidKopecks, now());
      await invalidate(paymentId);
      return planned;
    },

    async planUndeliveredRefund({ paymentId, ...refund }) {
      const planned = await payments.planUndeliveredRefund(paymentId, refund);
      await invalidate(paymentId);
      return planned;
    },

    async planStrayRefund({ paymentId, providerRef }) {
      const payment = await payments.existing(paymentId);
      const provider = providers.of(payment.provider);
      const theirs = await provider.check(providerRef, cancellationSignal());
      // A forged notification names what does not exist.
      if (theirs.state !== 'paid') return { outcome: 'refused', reason: theirs.state };
      const mine = theirs.charges.filter(({ claim }) => claim.orderId === paymentId);
      if (mine.length === 0) return { outcome: 'refused', reason: 'foreign-payment' };
      if (!(await isTooMuch(provider, payment, providerRef))) return { outcome: 'refused', reason: 'not-too-much' };
      const leftKopecks = sumOf(mine, ({ amount, refundedMinor }) => amount.minor - refundedMinor);
      return payments.planStrayRefund(paymentId, { providerRef, leftKopecks });
    },

    async openRefund({ paymentId }) {
      const row = await payments.refunds.open(paymentId);
      if (row === undefined) return null;
      const { attempt, amountKopecks, reason, askedBy, ofProviderRef } = row;
      const { currency } = await payments.existing(paymentId);
      return { attempt, kopecks: amountKopecks, currency, reason, askedBy, stray: ofProviderRef !== null };
    },

    askForRefund: (ref) => askForRefund(deps, ref, cancellationSignal()),

    async followRefund(ref) {
      const verdict = await checkRefund(deps, ref, cancellationSignal());
      if (verdict.status === 'pending') throw notYet('the refund is still pending');
      return verdict;
    },

    replaceRefund: async ({ paymentId, attempt, askedBy }) => ({
      attempt: await payments.refunds.replace(paymentId, attempt, { askedBy }),
    }),

    async completeRefund({ paymentId, attempt, byOtherMeans }) {
      const completed = await payments.refunds.complete(paymentId, attempt, byOtherMeans);
      await invalidate(paymentId);
      return completed;
    },

    ...createRefundMessages(deps),
  };
}

/**
 * Whether this charge is none that the order was paid by. Where a payment is one charge, its ref says so.
 * @param chargeId of the order's own payment, or the ref of another one
 */
async function isTooMuch(
  { can, check }: Pick<PaymentProvider, 'can' | 'check'>,
  payment: Payment,
  chargeId: string,
): Promise<boolean> {
  if (!can.severalCharges || payment.providerRef === null) return true;
  const own = await check(payment.providerRef, cancellationSignal());
  if (own.state !== 'paid' || !own.charges.some((charge) => charge.chargeId === chargeId)) return true;
  return surplusOf(own.charges, payment).some((charge) => charge.chargeId === chargeId);
}

/** GiB the account has used: what its panel says now, or said last when it is away. */
async function usedNow(
  { catalogue, panelOf }: RefundActivityDeps,
  { serverCode, panelUserId, lastUsedGb }: PaymentUsage,
): Promise<number | null> {
  try {
    const shown = await panelOf(await catalogue.panelAccess(serverCode)).getUser(panelUserId, cancellationSignal());
    return shown?.currentUsageGb ?? lastUsedGb;
  } catch (error) {
    if (!isGatewayError(error) && !(error instanceof PanelGoneError)) throw error;
    log.info('the panel could not be asked what was used; its last sample counts', {
      serverCode,
      why: (error as Error).message,
    });
    return lastUsedGb;
  }
}
