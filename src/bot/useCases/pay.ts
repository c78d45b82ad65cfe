import { withTimeLimit } from '../../process/timeLimit';
import { isFinal, isOpen, type Payment } from '../../domain/payment';
import type { Language } from '../../domain/language';
import type { UpdateOutcome } from '../../clients/paymentWorkflows';
import type { BuyerAnswer, DelayDecision } from '../../workflows/contracts/payment';
import type { Limiter } from '../../storage/redis/limits';
import type { BotDeps, PaymentsPort, WorkflowsPort } from '../ports';
import type { CachedQueries } from '../cachedQueries';
import type { PurchaseDialog } from './purchaseDialog';

/** An order whose workflow was to run. */
export interface Opened {
  readonly payment: Payment;
  /** Whether Temporal has its workflow. Otherwise a next tap or reconciliation starts it. */
  readonly isStarted: boolean;
}

export type PayOutcome =
  /** `created`: a new order, whose link is being prepared; `existing`: the one that was there before. */
  | ({ readonly outcome: 'created' | 'existing' } & Opened)
  | { readonly outcome: 'limited'; readonly retryAfterMs: number }
  /** Redis is away: without the limit no money is taken. */
  | { readonly outcome: 'storage-away' }
  | { readonly outcome: 'price-changed'; readonly priceKopecks: number; readonly planCode: string }
  | { readonly outcome: 'unavailable' | 'full' | 'expired' | 'foreign' };

/** What came of asking a payment's workflow for something. `asked`: the workflow has acted on it. */
export type Asked =
  | { readonly outcome: 'asked'; readonly payment: Payment }
  /** Asked without PostgreSQL, which could not be read: the worker draws what comes of it. */
  | { readonly outcome: 'asked'; readonly payment: undefined }
  /** The payment is in a state where this makes no sense (any more); show how it stands. */
  | { readonly outcome: 'moved-on'; readonly payment: Payment }
  | { readonly outcome: 'limited'; readonly retryAfterMs: number }
  | { readonly outcome: 'away' }
  /** Unknown, or another buyer's: the same answer for both. */
  | { readonly outcome: 'foreign' };

export interface PayDeps {
  readonly payments: PaymentsPort;
  readonly paymentWorkflows: WorkflowsPort;
  readonly paymentData: BotDeps['paymentData'];
  readonly cachedQueries: Pick<CachedQueries, 'invalidateServers'>;
  readonly purchaseDialog: PurchaseDialog;
  readonly paymentAttempts: Limiter;
  readonly checkLimit: Limiter;
  readonly log: (error: unknown, message: string) => void;
}

export type Paying = ReturnType<typeof createPaying>;

/** Temporal's client would wait longer than anybody looks at a button. */
const WORKFLOWS_WITHIN_MS = 4_000;

/** Everything a buyer can do with an order. Owner and state come from the database, never from the button. */
export function createPaying(deps: PayDeps) {
  const { payments, paymentWorkflows, paymentData, cachedQueries, purchaseDialog, paymentAttempts, checkLimit } = deps;

  async function own(userId: number, paymentId: string): Promise<Payment | undefined> {
    const payment = await payments.byId(paymentId);
    return payment?.userId === userId ? payment : undefined;
  }

  /** @returns whether Temporal took it; without it the row is there, and a next tap or reconciliation starts the work */
  async function start(payment: Payment): Promise<boolean> {
    if (isFinal(payment.status)) return true;
    try {
      await withTimeLimit(WORKFLOWS_WITHIN_MS, 'Temporal', paymentWorkflows.ensureRunning(payment));
    } catch (error) {
      deps.log(error, 'a payment could not be handed to its workflow');
      return false;
    }
    // A new payment's data are written by the worker, with the link; these are of one that is opened again.
    if (payment.yookassaId !== null)
      await paymentData.put({
        paymentId: payment.id,
        yookassaId: payment.yookassaId,
        userId: payment.userId,
        serverCode: payment.serverCode,
      });
    return true;
  }

  /** Has a workflow act that should run: starts it first when it does not. @returns `undefined`: nobody has answered in time */
  async function ask(payment: Payment, send: () => Promise<UpdateOutcome>): Promise<BuyerAnswer | undefined> {
    try {
      const first = await withTimeLimit(WORKFLOWS_WITHIN_MS, 'Temporal', send());
      if (first.outcome !== 'not-running') return first;
      if (!(await start(payment))) return undefined;
      const second = await withTimeLimit(WORKFLOWS_WITHIN_MS, 'Temporal', send());
      return second.outcome === 'not-running' ? undefined : second;
    } catch (error) {
      deps.log(error, 'a payment’s workflow could not be reached');
      return undefined;
    }
  }

  /** The row is read once more: it is what the screen shows. */
  async function outcomeOf(before: Payment, answer: BuyerAnswer | undefined): Promise<Asked> {
    const payment = (await payments.byId(before.id)) ?? before;
    if (answer !== undefined) return { outcome: answer.outcome === 'done' ? 'asked' : 'moved-on', payment };
    // Whether the workflow has acted is not known; that the payment stands differently now is.
    return differs(payment, before) ? { outcome: 'moved-on', payment } : { outcome: 'away' };
  }

  return {
    own,

    /** Opens an order that was there before, and makes sure that its workflow runs. `undefined`: unknown, or another buyer's. */
    async reopen(userId: number, paymentId: string): Promise<Opened | undefined> {
      const payment = await own(userId, paymentId);
      return payment && { payment, isStarted: await start(payment) };
    },

    /** "Pay" on the confirmation: opens the order and starts its workflow. A second tap on the same screen finds the first one's. */
    async pay(
      buyer: { userId: number; chatId: number; messageId: number | null; language: Language },
      paymentId: string,
    ): Promise<PayOutcome> {
      const { userId, chatId, messageId, language } = buyer;
      const state = await purchaseDialog.confirmed(userId, paymentId);
      if (!state) {
        const payment = await payments.byId(paymentId);
        if (!payment) return { outcome: 'expired' };
        if (payment.userId !== userId) return { outcome: 'foreign' };
        return { outcome: 'existing', payment, isStarted: await start(payment) };
      }
      const limit = await paymentAttempts.hit(userId);
      if (limit.unavailable) return { outcome: 'storage-away' };
      if (!limit.allowed) return { outcome: 'limited', retryAfterMs: limit.retryAfterMs };

      const { planCode, priceKopecks, locationCode, serverCode, renewsSubscriptionId } = state;
      const chosen = { planCode, priceKopecks, locationCode, serverCode, renewsSubscriptionId };
      const opened = await payments.open({
        paymentId,
        userId,
        chatId,
        screenMessageId: messageId,
        language,
        ...chosen,
      });
      if (opened.outcome === 'price-changed')
        return { outcome: 'price-changed', priceKopecks: opened.priceKopecks, planCode };
      if (opened.outcome === 'full') await cachedQueries.invalidateServers(locationCode);
      if (opened.outcome === 'unavailable' || opened.outcome === 'full') return opened;
      await cachedQueries.invalidateServers(opened.payment.locationCode);
      await purchaseDialog.finish(userId);
      return { ...opened, isStarted: await start(opened.payment) };
    },

    /** "I have paid": has YooKassa asked at once. The word is not believed, only followed. */
    async check(userId: number, paymentId: string): Promise<Asked> {
      // Whose it is and where its workflow is found stands in Redis: the money is looked for even while PostgreSQL is away.
      const known = await paymentData.byPaymentId(paymentId);
      if (known?.userId !== userId) return { outcome: 'foreign' };
      const limit = await checkLimit.hit(userId);
      if (!limit.allowed) return { outcome: 'limited', retryAfterMs: limit.retryAfterMs };
      const reading = payments.byId(paymentId).catch(() => undefined);
      const send = () => paymentWorkflows.buyerSaysPaid(paymentId);
      const answer = await withTimeLimit(WORKFLOWS_WITHIN_MS, 'Temporal', send()).catch((error: unknown) => {
        deps.log(error, 'a payment’s workflow could not be reached');
        return undefined;
      });
      const payment = await reading;
      if (!payment) return isAnswer(answer) ? { outcome: 'asked', payment } : { outcome: 'away' };
      if (answer?.outcome !== 'not-running') return outcomeOf(payment, answer);
      if (!isOpen(payment.status)) return { outcome: 'moved-on', payment };
      return outcomeOf(payment, await ask(payment, send));
    },

    /** "Cancel", confirmed: the order is put away, unless the money turns out to be there. */
    async cancel(userId: number, paymentId: string): Promise<Asked> {
      const payment = await own(userId, paymentId);
      if (!payment) return { outcome: 'foreign' };
      if (!isOpen(payment.status) || payment.dismissedAt !== null) return { outcome: 'moved-on', payment };
      return outcomeOf(payment, await ask(payment, () => paymentWorkflows.buyerCancels(paymentId)));
    },

    /** What the buyer wants while the panel is away. */
    async decideDelay(userId: number, paymentId: string, decision: DelayDecision): Promise<Asked> {
      const payment = await own(userId, paymentId);
      if (!payment) return { outcome: 'foreign' };
      if (payment.status !== 'delayed') return { outcome: 'moved-on', payment };
      if (decision === 'wait') return { outcome: 'asked', payment };
      return outcomeOf(payment, await ask(payment, () => paymentWorkflows.decideDelay(paymentId, decision)));
    },

    /** Opens the order in another message: from now on that one is its live screen. */
    async moveTo(payment: Payment, messageId: number): Promise<void> {
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

const isAnswer = (answer: UpdateOutcome | undefined): boolean =>
  answer !== undefined && answer.outcome !== 'not-running';

function differs(a: Payment, b: Payment): boolean {
  return (
    a.status !== b.status ||
    a.reason !== b.reason ||
    a.dismissedAt?.getTime() !== b.dismissedAt?.getTime() ||
    a.checkedAt?.getTime() !== b.checkedAt?.getTime()
  );
}
