import { cancellationSignal, Context, log } from '@temporalio/activity';
import type { Payment } from '../../domain/payment';
import { isGatewayError } from '../../gateways/errors';
import type { ProviderActivities, WatchActivities } from '../../workflows/contracts/activities';
import type { Verdict } from '../../workflows/contracts/verdict';
import { notYet } from '../failures';
import type { RunningWatch, RunningWatches } from '../runningWatches';
import { askProvider, verdictEvent, type AskDeps } from './ask';
import { createPayment, type CreatePaymentDeps } from './createPayment';
import { watchLoop } from './watchLoop';

export interface ProviderActivityDeps extends CreatePaymentDeps, AskDeps {
  readonly watches: RunningWatches;
  /** Told how late each question of a close watch came, in ms, for the metric that operators scale workers by. */
  readonly onPoll?: (latenessMs: number) => void;
}

/** What is asked of whoever takes the money of a payment. */
export function createProviderActivities(deps: ProviderActivityDeps): ProviderActivities & WatchActivities {
  const { payments } = deps;

  const ask = async (payment: Payment): Promise<Verdict> => {
    const verdict = await askProvider(deps, payment, cancellationSignal());
    const said = verdictEvent(verdict);
    if (said !== undefined) await payments.recordEvent(payment.id, payment.provider, said.event, said.details);
    return verdict;
  };

  return {
    async createPayment({ paymentId }) {
      return createPayment(deps, await payments.existing(paymentId), cancellationSignal());
    },

    async checkPayment({ paymentId }) {
      const payment = await payments.existing(paymentId);
      const verdict = await askProvider(deps, payment, cancellationSignal());
      await payments.recordProviderStatus(payment, verdict.status, verdictEvent(verdict));
      return verdict;
    },

    async guardPayment({ paymentId }) {
      const verdict = await ask(await payments.existing(paymentId));
      if (verdict.status === 'pending') throw notYet('the payment is still pending');
      return verdict;
    },

    async watchPayment({ paymentId, intervalMs, untilMs }) {
      const payment = await payments.existing(paymentId);
      const watch = deps.watches.add(paymentId);
      try {
        return await watchLoop({
          intervalMs,
          untilMs,
          clock: { now: Date.now, sleep: (ms) => sleepUnlessStopped(ms, watch) },
          isStopped: watch.isStopped,
          async ask() {
            try {
              return await ask(payment);
            } catch (error) {
              // The next question comes in a moment; after the last one the slow guard goes on.
              if (!isGatewayError(error)) throw error;
              log.info('the provider did not answer a poll', {
                paymentId,
                kind: error.kind,
                status: error.status ?? null,
              });
              return { status: 'pending' };
            }
          },
          ...(deps.onPoll ? { onPoll: deps.onPoll } : {}),
        });
      } finally {
        watch.remove();
      }
    },
  };
}

/**
 * Returns early when the watch is stopped, rejects when the activity is cancelled. The SDK's own `sleep` would leave
 * its timer behind.
 */
async function sleepUnlessStopped(ms: number, { stopped }: RunningWatch): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const slept = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([slept, stopped, Context.current().cancelled]).finally(() => clearTimeout(timer));
}
