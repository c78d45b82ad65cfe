import { cancellationSignal, log } from '@temporalio/activity';
import { isGatewayError } from '../gateways/errors';
import type { YooKassaClient } from '../gateways/yookassa/client';
import type { PaymentsRepository } from '../storage/postgres/payments';
import type {
  AtOnceActivities,
  DeliveryAnswer,
  PaidAnswer,
  PaymentRef,
  Settled,
  Sighting,
} from '../workflows/contracts/activities';
import type { Verdict } from '../workflows/contracts/verdict';
import { gatewayFailureType } from './failures';
import type { OpenWatches } from './openWatches';
import { recordMoney } from './shop';
import type { Chat } from './telegram';
import { askYooKassa, finalWord } from './yookassa/ask';

/** The steps of the way, each of which may be repeated and overlap with itself. */
export interface StepsAtOnce {
  /** Asks YooKassa, unless it is known that it is paid, and records money that has come. */
  seeAndRecord(input: PaymentRef, isPaid: boolean, signal: AbortSignal): Promise<Sighting>;
  deliver(input: PaymentRef): Promise<DeliveryAnswer>;
  /** What the buyer reads, with what is known of the payment when this is called. */
  openChat(input: PaymentRef): Promise<{ sendKey(): Promise<void>; showScreen(): Promise<void> }>;
  /** Nothing is left to be watched. */
  endWatch(input: PaymentRef): void;
}

/**
 * How long the money and the panel are waited for, in ms. Whoever takes longer is asked by the activity of the step, which operators can
 * see and which has patience; what is under way then may still have its effect.
 */
export interface AtOnceLimits {
  readonly seeAndRecord: number;
  readonly deliver: number;
}
const LIMITS: AtOnceLimits = { seeAndRecord: 3_000, deliver: 3_000 };

/**
 * The way from the money to the key in one activity: it runs inside a workflow task, so that a buyer whose every call is answered at once
 * has his key after one task. What it spares is in bench/README.md, "Money to key".
 * @param limits default 3 s for each
 */
export function settleBy(steps: StepsAtOnce, limits: AtOnceLimits = LIMITS): AtOnceActivities {
  const deliverAndTell = async (input: PaymentRef, paid: PaidAnswer): Promise<Settled> => {
    let settled: Settled = { paid };
    try {
      const delivery = await within(limits.deliver, 'deliver', () => steps.deliver(input));
      settled = { ...settled, delivery };
      if (delivery.outcome === 'lost') return settled;
      const chat = await steps.openChat(input);
      // Neither is cut short: a message that was cut short would go out a second time.
      await chat.sendKey();
      settled = { ...settled, keySent: true };
      await chat.showScreen();
      return { ...settled, screenShown: true };
    } catch (error) {
      const stoppedBy = isGatewayError(error) ? gatewayFailureType(error) : (error as Error).name;
      log.info('the way to the key goes on in steps', { ...input, stoppedBy, error: (error as Error).message });
      return { ...settled, stoppedBy };
    }
  };

  return {
    async settleAtOnce({ paymentId, isPaid }) {
      const input = { paymentId };
      const seen = await within(limits.seeAndRecord, 'ask and record', (limit) =>
        steps.seeAndRecord(input, isPaid ?? false, AbortSignal.any([cancellationSignal(), limit])),
      );
      if (seen.settled?.paid.decision !== 'issue') return seen;
      // It ends while the key is made, so that the next task of the workflow is its last one.
      steps.endWatch(input);
      return { ...seen, settled: await deliverAndTell(input, seen.settled.paid) };
    },
  };
}

class TooSlow extends Error {
  override readonly name = 'TooSlow';
}

/** @param what it is, for the error. @throws TooSlow after `ms`; the end of `work` is not waited for then */
async function within<T>(ms: number, what: string, work: (limit: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      limit.abort();
      reject(new TooSlow(`${what}: takes longer than ${ms} ms`));
    }, ms);
  });
  // Should it fail after that, the race has handled it: the step is done again.
  return Promise.race([work(limit.signal), tooSlow]).finally(() => clearTimeout(timer));
}

export interface AtOnceDeps {
  readonly yookassa: Pick<YooKassaClient, 'getPayment'>;
  readonly payments: PaymentsRepository;
  readonly deliver: StepsAtOnce['deliver'];
  readonly chat: Chat;
  readonly watches: Pick<OpenWatches, 'callOff'>;
  /** Drops what the caches say of a buyer and of a location's free places; must not throw. */
  readonly forget: (userId: number, locationCode?: string) => Promise<void>;
  readonly now: () => Date;
  /** See `settleBy`. */
  readonly limits?: AtOnceLimits | undefined;
}

export function createAtOnceActivities({
  yookassa,
  payments,
  deliver,
  chat,
  watches,
  forget,
  now,
  limits,
}: AtOnceDeps): AtOnceActivities {
  const steps: StepsAtOnce = {
    async seeAndRecord({ paymentId }, isPaid, signal) {
      const payment = await payments.existing(paymentId);
      const verdict: Verdict = isPaid ? { status: 'succeeded' } : await askYooKassa(yookassa, payment, signal);
      const news = isPaid ? undefined : finalWord(verdict);
      if (verdict.status !== 'succeeded') {
        await payments.noteYooKassaStatus(paymentId, verdict.status, news);
        return { verdict };
      }
      const paid = await recordMoney(payments, paymentId, now(), news);
      await forget(payment.userId, payment.locationCode);
      return { verdict, settled: { paid } };
    },
    deliver,
    async openChat({ paymentId }) {
      const known = await chat.load(paymentId);
      return { sendKey: () => chat.sendKey(known), showScreen: () => chat.showScreen(known) };
    },
    endWatch: ({ paymentId }) => watches.callOff(paymentId),
  };
  return settleBy(steps, limits);
}
