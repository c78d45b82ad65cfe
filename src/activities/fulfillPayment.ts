import { withTimeLimit } from '../process/timeLimit';
import { cancellationSignal, log } from '@temporalio/activity';
import { isGatewayError } from '../gateways/errors';
import type { Providers } from '../providers/registry';
import type { PaymentsRepository } from '../storage/postgres/payments';
import type { CacheInvalidation } from '../storage/redis/cacheInvalidation';
import type {
  DeliveryAnswer,
  Fulfilment,
  FulfilmentActivities,
  KeyAnswer,
  PaidAnswer,
  PaymentCheck,
  PaymentRef,
} from '../workflows/contracts/activities';
import type { Verdict } from '../workflows/contracts/verdict';
import { gatewayFailureType } from './failures';
import type { RunningWatches } from './runningWatches';
import { recordMoney } from './paymentRecords';
import type { Chat } from './chat';
import type { SendKey } from './sendKey';
import { askProvider, verdictEvent } from './provider/ask';

/** The steps from the money to the key. Each may be repeated, and may run twice at the same time. */
export interface FulfilmentSteps {
  /** Asks the provider, unless it is known that it is paid, and records money that has come. */
  checkAndRecord(input: PaymentRef, isPaid: boolean, signal: AbortSignal): Promise<PaymentCheck>;
  deliver(input: PaymentRef): Promise<DeliveryAnswer>;
  /** What the buyer reads, with what is known of the payment when this is called. */
  openChat(input: PaymentRef): Promise<{ sendKey(): Promise<KeyAnswer>; showScreen(): Promise<void> }>;
  /** Nothing is left to be watched. */
  stopWatch(input: PaymentRef): void;
}

/**
 * How long the money and the panel are waited for, in ms. A step that takes longer is done again by its durable
 * activity, which operators can see and which is retried; what is under way then may still have its effect.
 */
export interface FulfilmentLimits {
  readonly checkAndRecord: number;
  readonly deliver: number;
}
const LIMITS: FulfilmentLimits = { checkAndRecord: 3_000, deliver: 3_000 };

/**
 * The fast path from the money to the key: one activity that runs inside a workflow task, so that a buyer whose every
 * call is answered has the key after one task. What it saves: bench/README.md, "Money to key".
 * @param limits default 3 s for each
 */
export function fulfilmentBy(steps: FulfilmentSteps, limits: FulfilmentLimits = LIMITS): FulfilmentActivities {
  const deliverAndTell = async (input: PaymentRef, paid: PaidAnswer): Promise<Fulfilment> => {
    let done: Fulfilment = { paid };
    try {
      // A gift is made with its money: there is nothing to be told to a panel.
      if (paid.decision === 'issue') {
        const delivery = await withTimeLimit(limits.deliver, 'the panel', () => steps.deliver(input));
        // Whether there is another server is for the workflow to find out.
        if (delivery.outcome === 'gone') return { ...done, stoppedBy: 'panel-gone' };
        done = { ...done, delivery };
        if (delivery.outcome === 'too-late') return done;
      }
      const chat = await steps.openChat(input);
      // Neither message has a limit: one that was cut short would be sent a second time.
      done = { ...done, key: await chat.sendKey() };
      await chat.showScreen();
      return { ...done, screenShown: true };
    } catch (error) {
      const stoppedBy = isGatewayError(error) ? gatewayFailureType(error) : (error as Error).name;
      log.info('the fast path to the key has stopped; the durable activities do the rest', {
        ...input,
        stoppedBy,
        error: (error as Error).message,
      });
      return { ...done, stoppedBy };
    }
  };

  return {
    async fulfillPayment({ paymentId, isPaid }) {
      const input = { paymentId };
      const check = await withTimeLimit(limits.checkAndRecord, 'the provider or PostgreSQL', (limit) =>
        steps.checkAndRecord(input, isPaid ?? false, AbortSignal.any([cancellationSignal(), limit])),
      );
      const decision = check.fulfilment?.paid.decision;
      if (check.fulfilment === undefined || (decision !== 'issue' && decision !== 'gift')) return check;
      // The watch ends while the key is made, so that the next task of the workflow is its last one.
      steps.stopWatch(input);
      return { ...check, fulfilment: await deliverAndTell(input, check.fulfilment.paid) };
    },
  };
}

export interface FulfilmentDeps {
  readonly providers: Providers;
  readonly payments: PaymentsRepository;
  readonly deliver: FulfilmentSteps['deliver'];
  readonly chat: Chat;
  readonly sendKey: SendKey;
  readonly watches: Pick<RunningWatches, 'stop'>;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'invalidatePurchase'>;
  readonly now: () => Date;
  /** See `fulfilmentBy`. */
  readonly limits?: FulfilmentLimits | undefined;
}

export function createFulfilmentActivities({
  providers,
  payments,
  deliver,
  chat,
  sendKey,
  watches,
  cacheInvalidation,
  now,
  limits,
}: FulfilmentDeps): FulfilmentActivities {
  const steps: FulfilmentSteps = {
    async checkAndRecord({ paymentId }, isPaid, signal) {
      const payment = await payments.existing(paymentId);
      const verdict: Verdict = isPaid
        ? { status: 'succeeded' }
        : await askProvider({ providers, now }, payment, signal);
      const news = isPaid ? undefined : verdictEvent(verdict);
      if (verdict.status !== 'succeeded') {
        await payments.recordProviderStatus(payment, verdict.status, news);
        return { verdict };
      }
      const paid = await recordMoney(payments, paymentId, now(), news);
      await cacheInvalidation.invalidatePurchase(payment);
      return { verdict, fulfilment: { paid } };
    },
    deliver,
    async openChat({ paymentId }) {
      let known = await chat.load(paymentId);
      return {
        async sendKey() {
          const answer = await sendKey(paymentId);
          if (answer.outcome === 'sent') known = { ...known, payment: { ...known.payment, keySentAt: now() } };
          return answer;
        },
        showScreen: () => chat.showScreen(known),
      };
    },
    stopWatch: ({ paymentId }) => watches.stop(paymentId),
  };
  return fulfilmentBy(steps, limits);
}
