/**
 * Fake activities for the `payment` workflow: a YooKassa, a panel, a chat and a database, each with a timetable of
 * what happens when, in minutes of the test server's time. The workflow and its retry policies are the real ones.
 */
import { ApplicationFailure } from '@temporalio/common';
import { heartbeat, sleep as sleepActivity } from '@temporalio/activity';
import { MINUTE_MS } from '../../src/domain/duration';
import { fulfilmentBy } from '../../src/activities/fulfillPayment';
import { notYet, toFailure } from '../../src/activities/failures';
import { endAttemptsOfOtherTrouble } from '../../src/activities/otherTrouble';
import { watchLoop } from '../../src/activities/provider/watchLoop';
import { attentionSubject } from '../../src/domain/attention';
import { toldTrouble } from '../../src/domain/panelTrouble';
import { mayBecome, type PaymentStatus } from '../../src/domain/payment';
import { GatewayError } from '../../src/gateways/errors';
import { panelError } from '../../src/gateways/hiddify/errors';
import type { PaymentActivities } from '../../src/worker/activities';
import type { RefundActivities } from '../../src/workflows/contracts/refund';
import type { RefundVerdict, Verdict } from '../../src/workflows/contracts/verdict';
import { failAttempt, loseWorker } from './attempts';

/** The shop's default intervals. */
export const PACE = { pollIntervalMs: 10_000, pollTimeoutMs: 300_000, refundAfterMs: 24 * 3_600_000 };

export interface Timetable {
  /** Hours until the money goes back by itself, where it is not the shop's day. */
  readonly refundAfterHours?: number;
  /** After how many signals and updates the workflow goes on in a new run, where it is not the usual number. */
  readonly messagesPerRun?: number;
  /** The buyer pays in the chat, by an invoice. */
  readonly isInvoice?: true;
  /** Minutes after the link when the buyer pays; never when absent. */
  readonly paidAt?: number;
  /** The bank declines instead. */
  readonly declinedAt?: number;
  /** Minutes after which YooKassa gives up on an unpaid payment: an hour. */
  readonly expiresAt?: number;
  /** Minutes after which YooKassa does not know the payment any more. */
  readonly unknownAt?: number;
  /** Kopecks that come where they differ from the price, or null for a foreign currency. */
  readonly paidKopecks?: number | null;
  /** Minutes after the link when the panel is away, from and to. */
  readonly panelAway?: readonly [from: number, to: number];
  /** An operator says that the panel is gone for good: at once, or when `panelIsGone` is called. */
  readonly panelGone?: boolean;
  /** Why it is away, where it is not simply unreachable: the code of its refusal. */
  readonly panelRefuses?: 'full' | 'auth' | 'hidden';
  /** Minutes after the link from which on it refuses; before it is unreachable. */
  readonly panelRefusesFrom?: number;
  /** It is unreachable and refuses in turn, with every attempt. */
  readonly panelFlaps?: boolean;
  /** It confirms no revocation of access, ever. */
  readonly revokesNothing?: boolean;
  /** How long the panel asks to be left alone each time, in ms. */
  readonly panelPauseMs?: number;
  readonly telegram?: 'fine' | 'blocked' | 'down' | 'sends-no-keys' | 'refuses-keys';
  readonly creation?: 'fine' | 'refused' | 'down';
  /** How long YooKassa asks to be left alone each time a link is asked for, in ms, until `yookassaIsBack`. */
  readonly linkPauseMs?: number | undefined;
  /** The same for every question about the payment but the watch's. */
  readonly checkPauseMs?: number | undefined;
  /** What YooKassa answers to refunds, in turn; the last one stays. */
  readonly refunds?: readonly RefundVerdict['status'][];
  readonly otherServer?: boolean;
  /** Minutes after which the catalogue lets another server take over. */
  readonly takeOverAfter?: number;
  /** The watch really waits (for tests that wake it), instead of running through its polls on a clock of its own. */
  readonly watchWaits?: boolean;
  /**
   * The workers cache no workflow. The test server's timer that takes a cached one away from a dead worker may stand
   * still after time was skipped.
   */
  readonly forgetfulWorkers?: boolean;
  /** It is a gift: its voucher is made with the money, and nothing on a panel. */
  readonly gift?: boolean;
  /** Its own workflow can't be opened before its link was sent. */
  readonly giftOpensLate?: boolean;
  /** The paid money turns out to be for something replaced since. */
  readonly replaced?: boolean;
  /** The first delivery attempt after the fast path gets no answer until `panelHangsUp`, and fails then. */
  readonly panelHolds?: boolean;
  /** The panel answers nobody until the buyer has read that their money is there. */
  readonly panelSlow?: boolean;
  /** The worker dies with the first attempt at making the link. */
  readonly linkLost?: boolean;
  /** The first look fails on the fast path, and the worker dies with the question that follows it. */
  readonly lookLost?: boolean;
  /** The first question to YooKassa and the first two records of the money fail. */
  readonly stumbles?: boolean;
}

const REFUSED = { outcome: 'refused', reason: 'provider-refused', said: 'HTTP 400, invalid_request, receipt' } as const;

export type Fakes = ReturnType<typeof createFakes>;

/** @param serverTime the test server's clock, epoch ms */
export function createFakes(timetable: Timetable, serverTime: () => Promise<number>) {
  const seen = {
    links: 0,
    invoices: 0,
    linkTries: 0,
    watches: 0,
    polls: 0,
    checks: 0,
    panelTries: 0,
    keyTries: 0,
    keys: 0,
    screens: [] as PaymentStatus[],
    alerts: [] as string[],
    told: [] as string[],
    refunds: 0,
    revocations: 0,
    serverChanges: 0,
    dismissed: 0,
    giftsOpened: 0,
  };
  let status: PaymentStatus = 'created';
  let reason: string | null = null;
  let linkAt: number | undefined;
  // A watch that runs on its own clock is ahead of the server by this much.
  let ahead = 0;
  let records = 0;
  // The number of the refund's attempt in force.
  let attempt = 1;
  let plan = timetable;
  let watchSees = false;
  let hangUp: () => void = () => undefined;
  const hungUp = new Promise<void>((resolve) => (hangUp = resolve));

  const minute = (epochMs: number) => (linkAt === undefined ? 0 : (epochMs - linkAt) / MINUTE_MS);
  const now = async () => (await serverTime()) + ahead;

  const verdictAt = (at: number): Verdict => {
    if (plan.declinedAt !== undefined && at >= plan.declinedAt)
      return { status: 'canceled', reason: 'insufficient_funds' };
    if (plan.paidAt !== undefined && at >= plan.paidAt) {
      if (plan.paidKopecks === undefined) return { status: 'succeeded' };
      return {
        status: 'mismatch',
        reason: plan.paidKopecks === null ? 'wrong-currency' : 'wrong-amount',
        paidKopecks: plan.paidKopecks,
      };
    }
    if (plan.unknownAt !== undefined && at >= plan.unknownAt)
      return { status: 'unknown', reason: 'unknown-to-provider' };
    return at >= (plan.expiresAt ?? 60)
      ? { status: 'canceled', reason: 'expired_on_confirmation' }
      : { status: 'pending' };
  };
  const refundVerdict = (): RefundVerdict => {
    const answers = plan.refunds ?? ['succeeded'];
    const answer = answers[Math.min(seen.refunds, answers.length) - 1] ?? 'succeeded';
    return answer === 'canceled' ? { status: answer, reason: 'insufficient_funds' } : { status: answer };
  };
  const panelTrouble = (at: number): GatewayError => {
    const isItsTurn = plan.panelFlaps !== true || seen.panelTries % 2 === 0;
    if (plan.panelRefuses !== undefined && at >= (plan.panelRefusesFrom ?? 0) && isItsTurn)
      return panelError('ensureUser', 'refused', plan.panelRefuses);
    const retryAfterMs = plan.panelPauseMs === undefined ? {} : { retryAfterMs: plan.panelPauseMs };
    const about = { service: 'hiddify', kind: 'rate-limited', operation: 'ensureUser', ...retryAfterMs } as const;
    return new GatewayError('hiddify ensureUser: 429', about);
  };
  const become = (to: PaymentStatus): PaymentStatus => {
    if (mayBecome(status, to)) status = to;
    return status;
  };

  const activities: PaymentActivities = {
    async createPayment() {
      seen.linkTries += 1;
      leftAlone('createPayment', plan.linkPauseMs);
      if (plan.creation === 'refused') return REFUSED;
      if (plan.creation === 'down')
        return failAttempt(
          ApplicationFailure.retryable('yookassa createPayment: no answer within 35000 ms', 'yookassa:unknown-outcome'),
          serverTime,
        );
      if (plan.linkLost && seen.linkTries === 1) await loseWorker();
      seen.links += 1;
      linkAt ??= await now();
      become('pending');
      return { outcome: 'created', ...(plan.isInvoice && { isInvoice: true }) };
    },
    async watchPayment({ intervalMs, untilMs }) {
      seen.watches += 1;
      if (plan.watchWaits) {
        for (;;) {
          heartbeat();
          if (watchSees) return { status: 'succeeded' };
          await sleepActivity(50);
        }
      }
      let at = await now();
      const begun = at;
      // However long it took to get here, the n-th question comes n intervals after the link.
      if (seen.watches === 1) linkAt = untilMs - PACE.pollTimeoutMs;
      const verdict = await watchLoop({
        intervalMs,
        untilMs,
        clock: { now: () => at, sleep: async (ms) => void (at += ms) },
        async ask() {
          seen.polls += 1;
          return verdictAt(minute(at));
        },
      });
      ahead += at - begun;
      return verdict;
    },
    async checkPayment() {
      seen.checks += 1;
      leftAlone('getPayment', plan.checkPauseMs);
      if (plan.stumbles && seen.checks === 1)
        throw ApplicationFailure.retryable('yookassa getPayment: ECONNRESET', 'yookassa:unreachable');
      if (plan.lookLost && seen.checks === 1)
        throw ApplicationFailure.retryable('yookassa getPayment: no answer within 3000 ms', 'yookassa:unreachable');
      if (plan.lookLost && seen.checks === 2) await loseWorker();
      // The clock is not asked where nothing depends on it: the fast path can be too slow when it waits for the answer.
      return verdictAt(plan.paidAt === 0 ? 0 : minute(await now()));
    },
    async guardPayment() {
      const verdict = verdictAt(minute(await now()));
      if (verdict.status === 'pending') throw notYet('pending');
      return verdict;
    },
    async recordPaid() {
      records += 1;
      if (plan.stumbles && records <= 2)
        throw ApplicationFailure.retryable('terminating connection due to administrator command', '57P01');
      if (plan.gift && (status === 'issued' || !plan.replaced)) {
        become('paid');
        become('issued');
        return { decision: 'gift' };
      }
      if (status === 'issued' || status === 'refunded' || status === 'canceled' || status === 'expired')
        return { decision: 'ended', status };
      if (status === 'refunding' || plan.replaced) return { decision: 'refund', reason: 'replaced' };
      become('paid');
      return {
        decision: 'issue',
        takeOverAfterMs: plan.takeOverAfter === undefined ? null : plan.takeOverAfter * MINUTE_MS,
      };
    },
    async recordStatus({ status: to, reason: why, onlyFrom }) {
      if (onlyFrom === undefined || status === onlyFrom) {
        become(to);
        reason = why;
      }
      return { status };
    },
    async openGift() {
      if (plan.giftOpensLate === true && seen.keys === 0) throw new Error('the gift can’t be opened');
      seen.giftsOpened += 1;
    },
    async dismissPayment() {
      seen.dismissed += 1;
    },
    async changeServer() {
      seen.serverChanges += 1;
      if (!plan.otherServer) return { changed: false };
      plan = { ...plan, panelAway: [0, 0], panelGone: false };
      return { changed: true };
    },
    async deliverSubscription({ told }) {
      if (plan.panelGone) return { outcome: 'gone' };
      seen.panelTries += 1;
      while (plan.panelSlow && !seen.screens.includes('paid')) await sleepActivity(20);
      const [from, to] = plan.panelAway ?? [0, 0];
      const at = from === to ? 0 : minute(await now());
      // The fast path and three first attempts came before.
      if (plan.panelHolds && seen.panelTries > 4) await hungUp;
      if (at >= from && at < to)
        throw told === undefined
          ? toFailure(panelTrouble(at))
          : toFailure(endAttemptsOfOtherTrouble(panelTrouble(at), told, new Date(await serverTime())));
      if (status !== 'issued' && status !== 'paid' && status !== 'delayed') return { outcome: 'too-late' };
      become('issued');
      return { outcome: 'issued' };
    },
    async revokeAccess() {
      seen.revocations += 1;
      if (plan.revokesNothing)
        throw ApplicationFailure.retryable('hiddify removeUser: ECONNREFUSED', 'hiddify:unreachable');
    },
    async refreshPaymentScreen() {
      if (plan.telegram === 'down')
        throw ApplicationFailure.retryable('telegram editMessageText: ECONNREFUSED', 'telegram:unreachable');
      if (plan.telegram !== 'blocked') seen.screens.push(status);
    },
    async sendInvoice() {
      if (plan.telegram === 'down')
        throw ApplicationFailure.retryable('telegram sendInvoice: ECONNREFUSED', 'telegram:unreachable');
      seen.invoices += 1;
    },
    async sendKey() {
      seen.keyTries += 1;
      if (plan.telegram === 'down' || plan.telegram === 'sends-no-keys')
        throw ApplicationFailure.retryable('telegram sendPhoto: ECONNREFUSED', 'telegram:unreachable');
      if (plan.telegram === 'refuses-keys') return { outcome: 'owed', why: 'refused' };
      if (plan.telegram === 'blocked') return { outcome: 'owed', why: 'unreachable' };
      seen.keys += 1;
      return { outcome: 'sent' };
    },
    async tellOwnerOfDelay({ failure }) {
      seen.alerts.push(toldTrouble(failure).what);
      return { told: plan.telegram !== 'down' };
    },
    async tellOwnerOfRefusedOrder({ said }) {
      seen.alerts.push(said);
      return { told: plan.telegram !== 'down' };
    },
    async alertOwner({ note }) {
      seen.alerts.push(attentionSubject(note));
      return { told: plan.telegram !== 'down' };
    },
    async planUndeliveredRefund() {
      const now = become('refunding');
      return now === 'refunding' ? { outcome: 'planned', attempt } : { outcome: 'ended', status: now as 'issued' };
    },
    async askForRefund(asked) {
      if (asked.attempt !== attempt) throw new Error(`refund attempt ${asked.attempt} was not planned`);
      seen.refunds += 1;
      return { attempt, verdict: refundVerdict() };
    },
    async followRefund() {
      seen.refunds += 1;
      const verdict = refundVerdict();
      if (verdict.status === 'pending') throw notYet('pending');
      return verdict;
    },
    async replaceRefund() {
      attempt += 1;
      return { attempt };
    },
    async completeRefund({ byOtherMeans }) {
      become('refunded');
      if (byOtherMeans) reason = 'refunded-by-other-means';
      return { awaitsOutside: false };
    },
    async tellBuyerOfRefund({ stage }) {
      seen.told.push(`buyer: ${stage}`);
    },
    async tellOwnerOfRefund({ stage }) {
      seen.told.push(`owner: ${stage}`);
    },
    ...fulfilmentBy({
      async checkAndRecord(payment, isPaid) {
        const verdict: Verdict = isPaid ? { status: 'succeeded' } : await activities.checkPayment(payment);
        return verdict.status === 'succeeded'
          ? { verdict, fulfilment: { paid: await activities.recordPaid(payment) } }
          : { verdict };
      },
      deliver: (payment) => activities.deliverSubscription(payment),
      openChat: async (payment) => ({
        sendKey: () => activities.sendKey(payment),
        showScreen: () => activities.refreshPaymentScreen(payment),
      }),
      stopWatch: () => undefined,
    }),
    ...notOfAPayment(),
  };

  return {
    activities,
    seen,
    record: () => ({ status, reason }),
    /** The buyer pays now, whatever the timetable said. */
    payNow: () => void (plan = { ...plan, paidAt: 0 }),
    /** The long watch's next poll sees the money. */
    watchSeesMoney: () => void (watchSees = true),
    isKnownAgain: () => void (plan = { ...plan, unknownAt: Infinity }),
    panelHangsUp: () => hangUp(),
    yookassaIsBack: () => void (plan = { ...plan, linkPauseMs: undefined, checkPauseMs: undefined }),
    panelIsGone: () => void (plan = { ...plan, panelGone: true }),
    panelIsBack: () => void (plan = { ...plan, panelAway: [0, 0] }),
    telegramIsBack: () => void (plan = { ...plan, telegram: 'fine' }),
  };
}

/** A 429 that names a pause. */
function leftAlone(operation: string, pauseMs: number | undefined): void {
  if (pauseMs === undefined) return;
  throw ApplicationFailure.create({
    message: `yookassa ${operation}: 429`,
    type: 'yookassa:rate-limited',
    nextRetryDelay: pauseMs,
  });
}

/** What only the `refund` workflow asks for; its tests run on the real activities. */
function notOfAPayment() {
  const never = async (): Promise<never> => {
    throw ApplicationFailure.nonRetryable('no step of a payment');
  };
  return {
    compareRefunds: never,
    followOutsideRefunds: never,
    judgeBuyerRefund: never,
    planRefund: never,
    planStrayRefund: never,
    openRefund: never,
    tellBuyerRefundRefused: never,
  } satisfies Partial<RefundActivities>;
}
