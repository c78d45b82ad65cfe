import { describe, expect, it } from '@jest/globals';
import type { DialogState } from '../../src/bot/dialog';
import { createPaying, type PayDeps } from '../../src/bot/useCases/pay';
import type { UpdateOutcome } from '../../src/clients/paymentWorkflows';
import type { LimitVerdict } from '../../src/storage/redis/limits';
import type { PaymentData } from '../../src/storage/redis/paymentData';
import { aPayment, NOW } from './fixtures';

const ALLOWED: LimitVerdict = { allowed: true, remaining: 2, retryAfterMs: 0, notify: false, unavailable: false };
const buyer = { userId: 4242, chatId: 4242, messageId: 7, language: 'ru' as const };
const CONFIRMING = {
  name: 'confirming',
  locationCode: 'nl',
  serverCode: null,
  renewsSubscriptionId: null,
  planCode: 'month',
  priceKopecks: 29_900,
  days: 30,
  trafficGb: 100,
  paymentId: aPayment().id,
  promo: null,
  saysTrouble: false,
  otherOrderId: null,
} satisfies DialogState;

interface Situation {
  attempts?: LimitVerdict;
  sellsGifts?: boolean;
  state?:
    | (Omit<typeof CONFIRMING, 'otherOrderId' | 'locationCode'> & {
        otherOrderId: string | null;
        locationCode: string | null;
      })
    | undefined;
  stored?: ReturnType<typeof aPayment>;
  /** The payment data in Redis. */
  known?: PaymentData;
  recordAway?: boolean;
  /** What the workflow answers; an error: nobody answers in time. */
  answers?: UpdateOutcome | Error;
  /** How the row stands when it is read again. */
  storedThen?: ReturnType<typeof aPayment>;
  temporalAway?: boolean;
  /** What the database answers to "Pay". */
  opens?: unknown;
  /** What the dialog shows about another open order. */
  step?: unknown;
}

const NOT_RUNNING: UpdateOutcome = { outcome: 'not-running' };

function paying(options: Situation = {}) {
  const sent: string[] = [];
  const opened: unknown[] = [];
  const started: string[] = [];
  const asked: string[] = [];
  let reads = 0;
  const answer = async (name: string): Promise<UpdateOutcome> => {
    sent.push(name);
    const answers = options.answers ?? { outcome: 'done', status: 'pending' };
    if (answers instanceof Error) throw answers;
    return answers;
  };
  const deps = {
    payments: {
      open: async (draft: unknown) => (
        opened.push(draft),
        options.opens ?? { outcome: 'created', payment: aPayment({ status: 'created' }) }
      ),
      byId: async () => {
        if (options.recordAway) throw new Error('PostgreSQL is away');
        reads += 1;
        return reads > 1 && options.storedThen ? options.storedThen : options.stored;
      },
      ofUser: async () => [],
      setScreenMessage: async () => undefined,
    },
    paymentWorkflows: {
      ensureRunning: async ({ id }: { id: string }) => {
        if (options.temporalAway) throw new Error('Temporal is away');
        started.push(id);
      },
      notified: () => answer('notified'),
      buyerSaysPaid: () => answer('buyerSaysPaid'),
      buyerCancels: () => answer('buyerCancels'),
      decideDelay: (_id: string, decision: string) => answer(`decideDelay ${decision}`),
    },
    paymentData: { put: async () => undefined, byPaymentId: async () => options.known },
    cachedQueries: { invalidateServers: async () => undefined },
    purchaseDialog: {
      confirmed: async () => ('state' in options ? options.state : CONFIRMING),
      finish: async () => undefined,
      askAboutOther: async (_user: number, _state: unknown, id: string) => (asked.push(id), options.step),
    },
    paymentAttempts: { hit: async () => options.attempts ?? ALLOWED },
    checkLimit: { hit: async () => ALLOWED },
    sellsGifts: options.sellsGifts ?? true,
    log: () => undefined,
  } as unknown as PayDeps;
  const use = createPaying(deps);
  const message = { show: async () => 7, showNotAsked: async () => undefined };
  return {
    ...use,
    ...{ opened, sent, started, asked },
    pay: (by: typeof buyer, paymentId: string, insteadOfOther = false) =>
      use.pay(by, paymentId, { insteadOfOther, asked: message }),
  };
}

describe('"Pay"', () => {
  it('opens the order that was on the screen, with its id and price', async () => {
    const { pay, opened } = paying();
    expect(await pay(buyer, aPayment().id)).toMatchObject({ outcome: 'created', isStarted: true });
    expect(opened).toEqual([
      expect.objectContaining({ paymentId: aPayment().id, priceKopecks: 29_900, screenMessageId: 7, userId: 4242 }),
    ]);
  });

  it('makes no order for a gift where the shop sells none, also from a confirmation of before', async () => {
    const state = { ...CONFIRMING, locationCode: null, serverCode: null };
    const off = paying({ state, sellsGifts: false });
    expect(await off.pay(buyer, aPayment().id)).toEqual({ outcome: 'no-gifts' });
    expect(off.opened).toEqual([]);
    expect(await paying({ state }).pay(buyer, aPayment().id)).toMatchObject({ outcome: 'created' });
    expect(await paying({ sellsGifts: false }).pay(buyer, aPayment().id)).toMatchObject({ outcome: 'created' });
  });

  it('starts its workflow, and says when Temporal has not taken it', async () => {
    const there = paying();
    await there.pay(buyer, aPayment().id);
    expect(there.started).toEqual([aPayment().id]);
    const away = paying({ temporalAway: true });
    expect(await away.pay(buyer, aPayment().id)).toMatchObject({ outcome: 'created', isStarted: false });
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
    expect(await pay(buyer, stored.id)).toEqual({ outcome: 'existing', payment: stored, isStarted: true });
    expect(opened).toEqual([]);
  });

  it('refuses somebody else’s payment, and a confirmation that is no longer there', async () => {
    expect(await paying({ state: undefined, stored: aPayment({ userId: 1 }) }).pay(buyer, aPayment().id)).toEqual({
      outcome: 'foreign',
    });
    expect(await paying({ state: undefined }).pay(buyer, aPayment().id)).toEqual({ outcome: 'expired' });
  });
});

describe('"Pay", with another order open', () => {
  const other = aPayment({ id: '11111111-1d2c-4a5b-8c7d-0123456789ab' });
  const step = { step: 'confirm', paymentId: aPayment().id };

  it('shows it, and remembers which one was shown', async () => {
    const { pay, asked, started } = paying({ opens: { outcome: 'other-open', payment: other }, step });
    expect(await pay(buyer, aPayment().id)).toEqual({ outcome: 'other-open', payment: other, confirmed: step });
    expect(asked).toEqual([other.id]);
    expect(started).toEqual([]);
  });

  it('dismisses the one that was shown, in the same attempt, and tells its workflow', async () => {
    const state = { ...CONFIRMING, otherOrderId: other.id };
    const { pay, opened, sent } = paying({
      state,
      stored: { ...other, dismissedAt: NOW },
      attempts: { ...ALLOWED, allowed: false },
    });
    expect(await pay(buyer, aPayment().id, true)).toMatchObject({ outcome: 'created', isStarted: true });
    expect(opened).toEqual([expect.objectContaining({ dismissedOrderId: other.id })]);
    expect(sent).toEqual(['buyerCancels']);
  });

  it('dismisses nothing that was not shown, whatever the button says', async () => {
    const { pay, opened, sent } = paying({});
    await pay(buyer, aPayment().id, true);
    expect(opened).toEqual([expect.objectContaining({ dismissedOrderId: null })]);
    expect(sent).toEqual([]);
  });
});

describe('"I have paid"', () => {
  const known: PaymentData = {
    paymentId: aPayment().id,
    provider: 'yookassa',
    providerRef: 'yoo-1',
    userId: 4242,
    serverCode: 'nl-1',
  };

  it('wakes the workflow that Redis knows of, also while PostgreSQL is away', async () => {
    const { check, sent } = paying({ known, recordAway: true });
    expect(await check(4242, known.paymentId)).toEqual({ outcome: 'asked', payment: undefined });
    expect(sent).toEqual(['buyerSaysPaid']);
  });

  it('wakes nobody’s workflow for another buyer, or for a payment that nobody knows', async () => {
    for (const situation of [{ known: { ...known, userId: 1 } }, {}]) {
      const { check, sent } = paying({ ...situation, stored: aPayment() });
      expect(await check(4242, known.paymentId)).toEqual({ outcome: 'foreign' });
      expect(sent).toEqual([]);
    }
  });

  it('shows where a payment stands that has moved on meanwhile', async () => {
    const stored = aPayment({ status: 'issued' });
    expect(await paying({ known, stored, answers: NOT_RUNNING }).check(4242, known.paymentId)).toEqual({
      outcome: 'moved-on',
      payment: stored,
    });
  });

  it('starts the workflow again that should run and does not', async () => {
    const { check, sent, started } = paying({ known, stored: aPayment({ status: 'pending' }), answers: NOT_RUNNING });
    expect(await check(4242, known.paymentId)).toEqual({ outcome: 'away' });
    expect(started).toEqual([known.paymentId]);
    expect(sent).toHaveLength(3);
  });

  it('says that it is away when nobody answers in time, unless the database shows what has happened', async () => {
    const late = { known, stored: aPayment({ status: 'pending' }), answers: new Error('no answer') };
    expect(await paying(late).check(4242, known.paymentId)).toEqual({ outcome: 'away' });
    const paid = aPayment({ status: 'paid' });
    expect(await paying({ ...late, storedThen: paid }).check(4242, known.paymentId)).toEqual({
      outcome: 'moved-on',
      payment: paid,
    });
  });
});

describe('a decision of the buyer', () => {
  it('is answered by the workflow, and shown as the database then has it', async () => {
    const refunding = aPayment({ status: 'refunding' });
    const { decideDelay, sent } = paying({
      stored: aPayment({ status: 'delayed' }),
      storedThen: refunding,
      answers: { outcome: 'done', status: 'refunding' },
    });
    expect(await decideDelay(4242, refunding.id, 'refund')).toEqual({ outcome: 'asked', payment: refunding });
    expect(sent).toEqual(['decideDelay refund']);
  });

  it('to wait has the panel tried now; when nobody answers, it is tried all the same', async () => {
    const delayed = aPayment({ status: 'delayed' });
    const { decideDelay, sent } = paying({ stored: delayed, answers: { outcome: 'done', status: 'delayed' } });
    expect(await decideDelay(4242, delayed.id, 'wait')).toEqual({ outcome: 'asked', payment: delayed });
    expect(sent).toEqual(['decideDelay wait']);
    const late = paying({ stored: delayed, answers: new Error('no answer') });
    expect(await late.decideDelay(4242, delayed.id, 'wait')).toEqual({ outcome: 'asked', payment: delayed });
  });

  it('to look again for a link that is not there yet has it asked for now', async () => {
    const created = aPayment({ status: 'created' });
    const { reopen, started, sent } = paying({ stored: created });
    expect(await reopen(4242, created.id)).toEqual({ payment: created, isStarted: true });
    expect(started).toEqual([created.id]);
    expect(sent).toEqual(['notified']);
  });

  it('that came too late is answered with how the payment stands', async () => {
    const issued = aPayment({ status: 'issued' });
    const { decideDelay } = paying({
      stored: aPayment({ status: 'delayed' }),
      storedThen: issued,
      answers: { outcome: 'moved-on', status: 'issued' },
    });
    expect(await decideDelay(4242, issued.id, 'refund')).toEqual({ outcome: 'moved-on', payment: issued });
  });

  it('is not said to have been noted when nobody has answered', async () => {
    const pending = aPayment({ status: 'pending' });
    const { cancel } = paying({ stored: pending, answers: new Error('no answer') });
    expect(await cancel(4242, pending.id)).toEqual({ outcome: 'away' });
  });
});
