import { describe, expect, it } from '@jest/globals';
import type { DialogState } from '../../src/bot/dialog';
import { createPaying, type PayDeps } from '../../src/bot/useCases/pay';
import type { LimitVerdict } from '../../src/storage/redis/limits';
import type { PaymentData } from '../../src/storage/redis/paymentData';
import { aPayment } from './fixtures';

const ALLOWED: LimitVerdict = { allowed: true, remaining: 2, retryAfterMs: 0, notify: false, unavailable: false };
const buyer = { userId: 4242, chatId: 4242, messageId: 7, language: 'ru' as const };
const CONFIRMING = {
  name: 'confirming',
  locationCode: 'nl',
  serverCode: null,
  renewsSubscriptionId: null,
  planCode: 'month',
  priceKopecks: 29_900,
  paymentId: aPayment().id,
} satisfies DialogState;

interface Situation {
  attempts?: LimitVerdict;
  state?: typeof CONFIRMING | undefined;
  stored?: ReturnType<typeof aPayment>;
  /** What Redis knows of it. */
  known?: PaymentData;
  recordAway?: boolean;
  signalled?: 'woken' | 'not-running';
}

function paying(options: Situation = {}) {
  const signals: string[] = [];
  const opened: unknown[] = [];
  const deps = {
    payments: {
      open: async (draft: unknown) => (
        opened.push(draft),
        { outcome: 'created', payment: aPayment({ status: 'created' }) }
      ),
      byId: async () => (options.recordAway ? Promise.reject(new Error('PostgreSQL is away')) : options.stored),
      ofUser: async () => [],
      setScreenMessage: async () => undefined,
    },
    paymentWorkflows: {
      ensureRunning: async () => undefined,
      buyerSaysPaid: async () => (signals.push('buyerSaysPaid'), options.signalled ?? 'woken'),
      buyerCancels: async () => 'woken',
      buyerChooses: async () => 'woken',
    },
    paymentData: { put: async () => undefined, byPaymentId: async () => options.known },
    cachedQueries: { invalidateServers: async () => undefined },
    purchaseDialog: {
      confirmed: async () => ('state' in options ? options.state : CONFIRMING),
      finish: async () => undefined,
    },
    paymentAttempts: { hit: async () => options.attempts ?? ALLOWED },
    checkLimit: { hit: async () => ALLOWED },
    log: () => undefined,
  } as unknown as PayDeps;
  return { ...createPaying(deps), opened, signals };
}

describe('"Pay"', () => {
  it('opens the order that was on the screen, with its id and price', async () => {
    const { pay, opened } = paying();
    expect(await pay(buyer, aPayment().id)).toMatchObject({ outcome: 'created' });
    expect(opened).toEqual([
      expect.objectContaining({ paymentId: aPayment().id, priceKopecks: 29_900, screenMessageId: 7, userId: 4242 }),
    ]);
  });

  it('takes no money while the attempts cannot be counted', async () => {
    const { pay, opened } = paying({
      attempts: { ...ALLOWED, allowed: false, unavailable: true, retryAfterMs: 5_000 },
    });
    expect(await pay(buyer, aPayment().id)).toEqual({ outcome: 'storage-away' });
    expect(opened).toEqual([]);
  });

  it('says when to come back after too many attempts', async () => {
    const { pay, opened } = paying({ attempts: { ...ALLOWED, allowed: false, retryAfterMs: 61_000 } });
    expect(await pay(buyer, aPayment().id)).toEqual({ outcome: 'limited', retryAfterMs: 61_000 });
    expect(opened).toEqual([]);
  });

  it('finds the payment of the first tap, even one that has ended meanwhile, and makes no second', async () => {
    const stored = aPayment({ status: 'issued' });
    const { pay, opened } = paying({ state: undefined, stored });
    expect(await pay(buyer, stored.id)).toEqual({ outcome: 'existing', payment: stored });
    expect(opened).toEqual([]);
  });

  it('refuses somebody else’s payment, and a confirmation that is no longer there', async () => {
    expect(await paying({ state: undefined, stored: aPayment({ userId: 1 }) }).pay(buyer, aPayment().id)).toEqual({
      outcome: 'foreign',
    });
    expect(await paying({ state: undefined }).pay(buyer, aPayment().id)).toEqual({ outcome: 'expired' });
  });
});

describe('"I have paid"', () => {
  const known: PaymentData = { paymentId: aPayment().id, yookassaId: 'yoo-1', userId: 4242, serverCode: 'nl-1' };

  it('wakes the workflow that Redis knows of, also while PostgreSQL is away', async () => {
    const { check, signals } = paying({ known, recordAway: true });
    expect(await check(4242, known.paymentId)).toEqual({ outcome: 'asked', payment: undefined });
    expect(signals).toEqual(['buyerSaysPaid']);
  });

  it('wakes nobody’s workflow for another buyer, or for a payment that nobody knows', async () => {
    for (const situation of [{ known: { ...known, userId: 1 } }, {}]) {
      const { check, signals } = paying({ ...situation, stored: aPayment() });
      expect(await check(4242, known.paymentId)).toEqual({ outcome: 'foreign' });
      expect(signals).toEqual([]);
    }
  });

  it('shows where a payment stands that has moved on meanwhile', async () => {
    const stored = aPayment({ status: 'issued' });
    expect(await paying({ known, stored, signalled: 'not-running' }).check(4242, known.paymentId)).toEqual({
      outcome: 'moved-on',
      payment: stored,
    });
  });

  it('starts the workflow again that should run and does not', async () => {
    const { check, signals } = paying({ known, stored: aPayment({ status: 'pending' }), signalled: 'not-running' });
    expect(await check(4242, known.paymentId)).toEqual({ outcome: 'away' });
    expect(signals).toHaveLength(3);
  });
});
