import { isFinal, isOpen, type Payment } from '../../domain/payment';
import type { Language } from '../../domain/language';
import type { BuyerChoice } from '../../workflows/contracts/payment';
import type { Limiter } from '../../storage/redis/limits';
import type { BotDeps, PaymentsPort, WorkflowsPort } from '../ports';
import type { CachedQueries } from '../cachedQueries';
import type { PurchaseDialog } from './purchaseDialog';

export type PayOutcome =
  /** A new order: show that its link is being prepared, then `start`. */
  | { readonly outcome: 'created'; readonly payment: Payment }
  /** The order that was there before: show how it stands, then `start`. */
  | { readonly outcome: 'existing'; readonly payment: Payment }
  | { readonly outcome: 'limited'; readonly retryAfterMs: number }
  /** Redis is away: without the limit no money is taken. */
  | { readonly outcome: 'storage-away' }
  | { readonly outcome: 'price-changed'; readonly priceKopecks: number; readonly planCode: string }
  | { readonly outcome: 'unavailable' | 'full' | 'expired' | 'foreign' };

/** What came of asking a payment's workflow for something. */
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
/** How long a tap waits for the worker's answer to show in the record, before the screen is drawn all the same. */
const SETTLE_MS = 1_200;
const LOOK_EVERY_MS = 100;

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
      await within(WORKFLOWS_WITHIN_MS, paymentWorkflows.ensureRunning(payment));
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

  /** Signals a running workflow, or one that is started now. */
  async function signal(payment: Payment, send: () => Promise<'woken' | 'not-running'>): Promise<boolean> {
    try {
      if ((await within(WORKFLOWS_WITHIN_MS, send())) === 'woken') return true;
      if (!(await start(payment))) return false;
      return (await within(WORKFLOWS_WITHIN_MS, send())) === 'woken';
    } catch (error) {
      deps.log(error, 'a payment’s workflow could not be reached');
      return false;
    }
  }

  /** How the payment stands once the worker has reacted, or after a moment. */
  async function settled(payment: Payment): Promise<Payment> {
    const end = performance.now() + SETTLE_MS;
    for (;;) {
      const now = (await payments.byId(payment.id)) ?? payment;
      if (performance.now() >= end || differs(now, payment)) return now;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async function choose(userId: number, paymentId: string, choice: BuyerChoice): Promise<Asked> {
    const payment = await own(userId, paymentId);
    if (!payment) return { outcome: 'foreign' };
    if (payment.status !== 'delayed') return { outcome: 'moved-on', payment };
    if (choice === 'wait') return { outcome: 'asked', payment };
    if (!(await signal(payment, () => paymentWorkflows.buyerChooses(paymentId, choice)))) return { outcome: 'away' };
    return { outcome: 'asked', payment: await settled(payment) };
  }

  return {
    own,
    start,

    /** "Pay" on the confirmation. A second tap on the same screen finds the first one's payment. */
    async pay(
      buyer: { userId: number; chatId: number; messageId: number | null; language: Language },
      paymentId: string,
    ): Promise<PayOutcome> {
      const { userId, chatId, messageId, language } = buyer;
      const state = await purchaseDialog.confirmed(userId, paymentId);
      if (!state) {
        const payment = await payments.byId(paymentId);
        if (!payment) return { outcome: 'expired' };
        return payment.userId === userId ? { outcome: 'existing', payment } : { outcome: 'foreign' };
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
      return opened;
    },

    /** "I have paid": has YooKassa asked at once. The word is not believed, only followed. */
    async check(userId: number, paymentId: string): Promise<Asked> {
      // Whose it is and where its workflow is found stands in Redis: the money is looked for even while PostgreSQL is away.
      const known = await paymentData.byPaymentId(paymentId);
      if (known?.userId !== userId) return { outcome: 'foreign' };
      const limit = await checkLimit.hit(userId);
      if (!limit.allowed) return { outcome: 'limited', retryAfterMs: limit.retryAfterMs };
      const reading = payments.byId(paymentId).catch(() => undefined);
      const woken = await within(WORKFLOWS_WITHIN_MS, paymentWorkflows.buyerSaysPaid(paymentId)).catch(
        (error: unknown) => {
          deps.log(error, 'a payment’s workflow could not be reached');
          return 'away' as const;
        },
      );
      const payment = await reading;
      if (payment && !isOpen(payment.status)) return { outcome: 'moved-on', payment };
      if (woken === 'away') return { outcome: 'away' };
      if (!payment) return woken === 'woken' ? { outcome: 'asked', payment } : { outcome: 'away' };
      if (woken === 'not-running' && !(await signal(payment, () => paymentWorkflows.buyerSaysPaid(paymentId))))
        return { outcome: 'away' };
      return { outcome: 'asked', payment: await settled(payment) };
    },

    async cancel(userId: number, paymentId: string): Promise<Asked> {
      const payment = await own(userId, paymentId);
      if (!payment) return { outcome: 'foreign' };
      if (!isOpen(payment.status) || payment.dismissedAt !== null) return { outcome: 'moved-on', payment };
      const asked = await signal(payment, () => paymentWorkflows.buyerCancels(paymentId));
      return asked ? { outcome: 'asked', payment: await settled(payment) } : { outcome: 'away' };
    },

    choose,

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

function differs(a: Payment, b: Payment): boolean {
  return (
    a.status !== b.status ||
    a.reason !== b.reason ||
    a.dismissedAt?.getTime() !== b.dismissedAt?.getTime() ||
    a.checkedAt?.getTime() !== b.checkedAt?.getTime()
  );
}

/** @throws Error when `work` takes longer; it is not stopped, only no longer waited for */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
