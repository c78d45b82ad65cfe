import { assertNever } from '../../domain/assertNever';
import { grantOf } from '../../domain/grant';
import type { Language } from '../../domain/language';
import { isFinal, isOpen, type Payment } from '../../domain/payment';
import type { Limiter } from '../../storage/redis/limits';
import { FIRST_WAY } from '../../providers/labels';
import type { DelayDecision } from '../../workflows/contracts/payment';
import type { CachedQueries } from '../cachedQueries';
import type { BotDeps, Log, PaymentsPort, WorkflowsPort } from '../ports';
import { createBuyerRequests, type BuyerRequestOutcome } from './buyerRequests';
import type { Opened, PayOutcome } from './payOutcome';
import type { Promos } from './promo';
import type { PurchaseDialog } from './purchaseDialog';
import type { AskedMessage } from './takenByTemporal';

export interface PayDeps {
  readonly payments: PaymentsPort;
  readonly paymentWorkflows: WorkflowsPort;
  readonly paymentData: BotDeps['paymentData'];
  readonly cachedQueries: Pick<CachedQueries, 'invalidateServers'>;
  readonly purchaseDialog: PurchaseDialog;
  readonly promos: Pick<Promos, 'askForFreeGrant'>;
  /** Whether a gift for somebody else can be ordered. */
  readonly sellsGifts: boolean;
  readonly paymentAttempts: Limiter;
  readonly checkLimit: Limiter;
  readonly log: Log;
}

export type Paying = ReturnType<typeof createPaying>;

/** Everything a buyer can do with an order. Owner and state are read from the database, never taken from the button. */
export function createPaying(deps: PayDeps) {
  const { payments, paymentWorkflows, paymentData, cachedQueries, purchaseDialog, paymentAttempts, checkLimit } = deps;

  const requests = createBuyerRequests(deps);
  const { start, ask, outcomeOf } = requests;

  async function own(userId: number, paymentId: string): Promise<Payment | undefined> {
    const payment = await payments.byId(paymentId);
    return payment?.userId === userId ? payment : undefined;
  }

  /** @param locationCode `null`: a gift takes no place */
  const invalidateServers = async (locationCode: string | null): Promise<void> =>
    locationCode === null ? undefined : cachedQueries.invalidateServers(locationCode);

  /** The workflow of a dismissed order asks the provider once more and takes its link from the chat. */
  async function tellDismissed(paymentId: string | null): Promise<void> {
    const payment = paymentId === null ? undefined : await payments.byId(paymentId).catch(() => undefined);
    if (payment && isOpen(payment.status) && payment.dismissedAt !== null)
      await ask(payment, () => paymentWorkflows.buyerCancels(payment.id));
  }

  /**
   * Who comes back for a link that is not there yet does not wait for the end of a pause that the provider has named.
   */
  async function startAgain(payment: Payment): Promise<boolean> {
    const isStarted = await start(payment);
    if (isStarted && payment.status === 'created')
      await requests.askRunning(() => paymentWorkflows.notified(payment.id));
    return isStarted;
  }

  return {
    own,

    /** Opens an existing order and makes sure that its workflow runs. `undefined`: unknown, or another buyer's. */
    async reopen(userId: number, paymentId: string): Promise<Opened | undefined> {
      const payment = await own(userId, paymentId);
      return payment && { payment, isStarted: await startAgain(payment) };
    },

    /**
     * "Pay" on the confirmation: makes the order and starts its workflow. A second tap on the same screen finds the
     * first order.
     * @param tap `insteadOfOther`: the buyer dismisses the other open order that they were shown; `asked`: where what
     * costs nothing is asked for
     */
    async pay(
      buyer: { userId: number; chatId: number; messageId: number | null; language: Language },
      paymentId: string,
      { insteadOfOther, asked }: { readonly insteadOfOther: boolean; readonly asked: AskedMessage },
    ): Promise<PayOutcome> {
      const { userId, chatId, messageId, language } = buyer;
      const state = await purchaseDialog.confirmed(userId, paymentId);
      if (!state) {
        const payment = await payments.byId(paymentId);
        if (!payment) return { outcome: 'expired' };
        if (payment.userId !== userId) return { outcome: 'foreign' };
        return { outcome: 'existing', payment, isStarted: await startAgain(payment) };
      }
      if (state.locationCode === null && !deps.sellsGifts) return { outcome: 'no-gifts' };
      const dismissedOrderId = insteadOfOther ? state.otherOrderId : null;
      // The tap that brought the question was counted; its answer is the same attempt.
      const limit = dismissedOrderId === null ? await paymentAttempts.hit(userId) : undefined;
      if (limit?.unavailable) return { outcome: 'storage-away' };
      if (limit?.allowed === false) return { outcome: 'limited', retryAfterMs: limit.retryAfterMs };

      const { name: _, otherOrderId: __, ...confirmed } = state;
      const { planCode, locationCode } = confirmed;
      if (confirmed.priceKopecks === 0 && confirmed.promo !== null && locationCode !== null) {
        const { serverCode, renewsSubscriptionId } = confirmed;
        const wanted = { planCode, locationCode, serverCode, renewsSubscriptionId, grant: grantOf(confirmed) };
        const answer = await deps.promos.askForFreeGrant(userId, confirmed.promo.code, wanted, asked);
        if (answer === 'asked') await purchaseDialog.askedFor(userId, state);
        if (answer === 'unknown') await asked.showNotAsked();
        return { outcome: 'asked' };
      }
      const opened = await payments.open({
        ...confirmed,
        way: FIRST_WAY,
        userId,
        chatId,
        screenMessageId: messageId,
        language,
        dismissedOrderId,
      });
      switch (opened.outcome) {
        case 'plan-changed':
          return { ...opened, planCode };
        case 'blocked':
        case 'unavailable':
        case 'limit-reached':
        case 'trial-refused':
          return opened;
        case 'full':
          await invalidateServers(locationCode);
          return opened;
        case 'trouble':
          await invalidateServers(locationCode);
          return { outcome: 'trouble', step: await purchaseDialog.confirmAnew(userId, state) };
        case 'promo-changed': {
          const step = await purchaseDialog.confirmAnew(userId, state, opened.refused);
          return { outcome: 'promo-changed', step: step.step === 'confirm' ? { ...step, promoChanged: true } : step };
        }
        case 'other-open': {
          const step = await purchaseDialog.askAboutOther(userId, state, opened.payment.id);
          if (step.step !== 'confirm') return { outcome: step.step === 'unavailable' ? 'unavailable' : 'expired' };
          return { ...opened, confirmed: step };
        }
        case 'created':
        case 'existing':
          break;
        default:
          return assertNever(opened);
      }
      await invalidateServers(opened.payment.locationCode);
      await purchaseDialog.finish(userId);
      const [isStarted] = await Promise.all([start(opened.payment), tellDismissed(dismissedOrderId)]);
      return { outcome: opened.outcome, payment: opened.payment, isStarted };
    },

    /** "I have paid": has the provider asked at once. What the buyer says is no proof. */
    async check(userId: number, paymentId: string): Promise<BuyerRequestOutcome> {
      // Redis knows whose payment it is and its workflow's id, so this works while PostgreSQL is away.
      const known = await paymentData.byPaymentId(paymentId);
      if (known?.userId !== userId) return { outcome: 'foreign' };
      const limit = await checkLimit.hit(userId);
      if (!limit.allowed) return { outcome: 'limited', retryAfterMs: limit.retryAfterMs };
      const reading = payments.byId(paymentId).catch(() => undefined);
      const send = () => paymentWorkflows.buyerSaysPaid(paymentId);
      const answer = await requests.askRunning(send);
      const payment = await reading;
      if (!payment) {
        const isAnswered = answer !== undefined && answer.outcome !== 'not-running';
        return isAnswered ? { outcome: 'asked', payment } : { outcome: 'away' };
      }
      if (answer?.outcome !== 'not-running') return outcomeOf(payment, answer);
      if (!isOpen(payment.status)) return { outcome: 'moved-on', payment };
      return outcomeOf(payment, await ask(payment, send));
    },

    /** "Cancel", confirmed: the order is cancelled, unless the provider has the money. */
    async cancel(userId: number, paymentId: string): Promise<BuyerRequestOutcome> {
      const payment = await own(userId, paymentId);
      if (!payment) return { outcome: 'foreign' };
      if (!isOpen(payment.status) || payment.dismissedAt !== null) return { outcome: 'moved-on', payment };
      return outcomeOf(payment, await ask(payment, () => paymentWorkflows.buyerCancels(paymentId)));
    },

    /** What the buyer wants while the panel is away. */
    async decideDelay(userId: number, paymentId: string, decision: DelayDecision): Promise<BuyerRequestOutcome> {
      const payment = await own(userId, paymentId);
      if (!payment) return { outcome: 'foreign' };
      if (payment.status !== 'delayed') return { outcome: 'moved-on', payment };
      const answer = await ask(payment, () => paymentWorkflows.decideDelay(paymentId, decision));
      // It goes on trying all the same, only not at once.
      if (decision === 'wait' && answer === undefined) return { outcome: 'asked', payment };
      return outcomeOf(payment, answer);
    },

    /** Makes another message the order's screen, which the worker edits from now on. */
    async setScreenMessage(payment: Payment, messageId: number): Promise<void> {
      if (payment.screenMessageId !== messageId) await payments.setScreenMessage(payment.id, messageId);
    },

    /** The newest order that is neither finished nor cancelled. */
    async unfinishedOf(userId: number): Promise<Payment | undefined> {
      return (await payments.ofUser(userId, 5)).find(
        ({ status, dismissedAt }) => !isFinal(status) && !(isOpen(status) && dismissedAt !== null),
      );
    },

    lastOf: async (userId: number): Promise<Payment | undefined> => (await payments.ofUser(userId, 1))[0],
  };
}
