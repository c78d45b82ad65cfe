import { cancellationSignal, log } from '@temporalio/activity';
import { mayReturn, usedOfThis, type BuyerRule } from '../../domain/returns';
import { isGatewayError } from '../../gateways/errors';
import type { HiddifyPanel } from '../../gateways/hiddify';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import { isUnknownObject } from '../../gateways/yookassa/refusals';
import { PAYMENT_ID_METADATA_KEY } from '../../gateways/yookassa/webhook';
import type { CatalogueRepository, PanelAccess } from '../../storage/postgres/catalogue';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { PaymentUsage } from '../../storage/postgres/payments/usage';
import type { ReturnActivities } from '../../workflows/contracts/refund';
import { notYet } from '../failures';
import {
  askForRefund,
  attemptOf,
  checkRefund,
  everyRefund,
  followRefund,
  shownRefund,
  type RefundDeps,
} from '../yookassa/refund';
import { createReturnMessages, type ReturnMessageDeps } from './messages';

export interface ReturnActivityDeps extends RefundDeps, ReturnMessageDeps {
  readonly yookassa: YooKassaClient;
  readonly payments: PaymentsRepository;
  readonly catalogue: Pick<CatalogueRepository, 'panelAccess'>;
  readonly panelOf: (access: PanelAccess) => Pick<HiddifyPanel, 'getUser'>;
  readonly rule: BuyerRule;
  readonly forget: (userId: number, locationCode?: string) => Promise<void>;
}

/** What the `refund` workflow is made of: YooKassa's word, our record, and what people are told. */
export function createReturnActivities(deps: ReturnActivityDeps): ReturnActivities {
  const { yookassa, payments, forget, now } = deps;
  const changed = async (paymentId: string): Promise<void> => {
    const payment = await payments.byId(paymentId);
    if (payment) await forget(payment.userId, payment.locationCode);
  };

  return {
    async compareRefunds({ paymentId }) {
      const payment = await payments.byId(paymentId);
      const nothing = { paidKopecks: 0, recorded: [], pendingOutside: 0 };
      if (!payment?.yookassaId) return nothing;
      const theirs = await yookassa.getPayment(payment.yookassaId, cancellationSignal());
      if (theirs.status !== 'succeeded') return nothing;
      const shown = (await everyRefund(yookassa, theirs.id, cancellationSignal())).map((refund) =>
        shownRefund(refund, paymentId),
      );
      const { recorded, pendingOutside } = await payments.recordShownRefunds(
        paymentId,
        shown,
        theirs.amountKopecks,
        now(),
      );
      if (recorded.length > 0) await changed(paymentId);
      return { paidKopecks: theirs.amountKopecks, recorded, pendingOutside };
    },

    async followOutsideRefunds({ paymentId }) {
      const payment = await payments.byId(paymentId);
      if (!payment?.yookassaId) return;
      for (const refund of await everyRefund(yookassa, payment.yookassaId, cancellationSignal())) {
        if (refund.status === 'pending' && (await payments.refunds.byYooKassaId(refund.id)) === undefined)
          throw notYet('a refund made outside the shop is still pending at YooKassa');
      }
    },

    async judgeBuyerReturn({ paymentId, orderId }) {
      // A wish that was granted before is the same one, pressed twice.
      if ((await payments.refunds.byOrder(orderId)) !== undefined) return { verdict: 'allowed' };
      const use = await payments.usageOf(paymentId);
      if (!use) return { verdict: 'not-delivered' };
      if (!use.isNewest) return { verdict: 'renewed-since' };
      const { earlierGb, ...rest } = use;
      return {
        verdict: mayReturn(deps.rule, { ...rest, usedGb: usedOfThis(await usedNow(deps, use), earlierGb) }, now()),
      };
    },

    async planReturn({ paymentId, wish, paidKopecks }) {
      const planned = await payments.planReturn(paymentId, wish, paidKopecks, now());
      await changed(paymentId);
      return planned;
    },

    async planStrayReturn({ paymentId, yookassaId }) {
      try {
        const theirs = await yookassa.getPayment(yookassaId, cancellationSignal());
        if (theirs.metadata[PAYMENT_ID_METADATA_KEY] !== paymentId)
          return { outcome: 'refused', reason: 'foreign-payment' };
        if (theirs.status !== 'succeeded') return { outcome: 'refused', reason: theirs.rawStatus };
        return await payments.planStrayReturn(paymentId, {
          yookassaId,
          leftKopecks: theirs.amountKopecks - theirs.refundedKopecks,
        });
      } catch (error) {
        // A forged notification names what does not exist.
        if (!isUnknownObject(error)) throw error;
        return { outcome: 'refused', reason: 'unknown' };
      }
    },

    async openReturn({ paymentId }) {
      const row = await payments.refunds.unsettled(paymentId);
      return row === undefined
        ? null
        : {
            attempt: row.attempt,
            kopecks: row.amountKopecks,
            reason: row.reason,
            askedBy: row.askedBy,
            stray: row.ofYooKassaId !== null,
          };
    },

    askForReturn: async ({ paymentId, attempt }) =>
      askForRefund(deps, await attemptOf(payments, paymentId, attempt), cancellationSignal()),
    followReturn: ({ paymentId, attempt }) => followRefund(deps, paymentId, attempt, cancellationSignal()),
    checkReturn: ({ paymentId, attempt }) => checkRefund(deps, paymentId, attempt, cancellationSignal()),
    replaceReturn: async ({ paymentId, attempt, askedBy }) => ({
      attempt: await payments.refunds.replace(paymentId, attempt, askedBy),
    }),

    async settleReturn({ paymentId, attempt, byOtherMeans }) {
      await payments.refunds.settle(paymentId, attempt);
      const row = await payments.refunds.of(paymentId, attempt);
      const payment = await payments.byId(paymentId);
      // A part refund leaves the payment what it is; so does money that bought nothing.
      if (row?.ofYooKassaId === null && payment?.status === 'refunding')
        await payments.transitionTo(paymentId, 'refunded', byOtherMeans ? 'returned-by-other-means' : payment.reason);
      await changed(paymentId);
    },

    ...createReturnMessages(deps),
  };
}

/** GiB the account has used: the panel's word of now, or its last one when it is away. */
async function usedNow(
  { catalogue, panelOf }: ReturnActivityDeps,
  { serverCode, panelUserId, lastUsedGb }: PaymentUsage,
): Promise<number | null> {
  try {
    const shown = await panelOf(await catalogue.panelAccess(serverCode)).getUser(panelUserId, cancellationSignal());
    return shown?.currentUsageGb ?? lastUsedGb;
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    log.info('the panel could not be asked what was used; its last word counts', { serverCode, kind: error.kind });
    return lastUsedGb;
  }
}
