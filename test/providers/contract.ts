/**
 * What every provider has to keep, run against its stand-in: the shop's workflows rely on exactly this. A provider's
 * own test opens its stand-in and calls `providerContract`.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayError, LONGEST_PAUSE_MS } from '../../src/gateways/errors';
import type { Money } from '../../src/domain/money';
import {
  isTransient,
  type Created,
  type LedgerEvent,
  type LedgerPage,
  type Order,
  type PaymentProvider,
} from '../../src/providers/port';
import type { Charge, ShownRefund, StoredRefundRequest, StoredRequest } from '../../src/providers/port';
import type { ProviderWebhook, RequestHeaders } from '../../src/providers/webhook';

/** What a stand-in can be told to do to the shop's next calls. */
export type Fault =
  /** What was asked for is done, and the answer does not arrive. */
  | 'answer-lost'
  /** Nobody is there. */
  | 'away'
  /** 429, with a pause of ten years. */
  | 'busy-for-years';

export interface SentNotification {
  readonly raw: Buffer;
  readonly headers: RequestHeaders;
}

/** A provider's stand-in, as the contract needs it. */
export interface StandIn {
  /** As a shop has it, with an empty account that has a price of `price` to charge. */
  readonly provider: PaymentProvider;
  /** The same with a key that is not the shop's. */
  readonly withWrongKey: PaymentProvider;
  /** The same where nobody listens. */
  readonly nobody: PaymentProvider;
  /** The same through something that names another currency in every answer; absent where none is named. */
  readonly inOtherCurrency?: PaymentProvider;
  readonly webhook?: ProviderWebhook;
  /** An order's price in the provider's currency. */
  readonly price: Money;
  /** The buyer pays what `create` has made. */
  pay(created: Created): Promise<void>;
  /** Nobody has paid in time; absent where payments stay payable. */
  expire?(created: Created): Promise<void>;
  /**
   * Somebody gives money back without the shop: in a cabinet, by the provider's support; absent where the provider
   * has no refunds of its own.
   */
  refundOutside?(created: Created, minor: number): Promise<void>;
  /** From now on refunds take their time, and `settle` ends them; absent where they are done at once. */
  slowRefunds?(): Promise<{ settle(canceledBecause?: string): Promise<void> }>;
  /** The next call meets it. */
  fault(what: Fault): Promise<void>;
  /** How many payments the provider has; absent where it has none before the money. */
  payments?(): Promise<number>;
  /** A notification of the money that has come for this, as the provider sends it. */
  notification?(created: Created): Promise<SentNotification>;
  /** A notification that nobody but a forger has sent; absent where one can't be told. */
  forged?(created: Created): SentNotification;
  /** A notification of something that the shop does not use. */
  odd?(): SentNotification;
  /** Everything is forgotten. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const INSTALLATION = '7f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5';
const BUYER = 501;
let orders = 0;
/** Ids of orders are uuids. */
const nextOrderId = () => `00000000-0000-4000-8000-${String((orders += 1)).padStart(12, '0')}`;

export function providerContract(name: string, open: () => Promise<StandIn>): void {
  let standIn: StandIn;
  beforeAll(async () => {
    standIn = await open();
  });
  afterAll(() => standIn.close());
  beforeEach(() => standIn.reset());

  const order = (change: Partial<Order> = {}): Order => ({
    orderId: nextOrderId(),
    installationId: INSTALLATION,
    price: standIn.price,
    payerId: BUYER,
    title: 'VPN: 1 month, Germany',
    returnUrl: 'https://bot.example/pay/return?o=1',
    contact: { email: 'buyer@example.com' },
    ...change,
  });

  const stored = (of: Order, firstSentAt = new Date()): StoredRequest => ({
    key: `payment-${of.orderId}.create`,
    body: standIn.provider.paymentRequest(of),
    orderId: of.orderId,
    firstSentAt,
  });

  async function create(request: StoredRequest = stored(order()), by = standIn.provider): Promise<Created> {
    const made = await by.create(request);
    if (made.outcome !== 'created') throw new Error(`not created: ${JSON.stringify(made)}`);
    return made;
  }

  /** An order and its payment, which was paid. */
  async function paid(): Promise<{ order: Order; created: Created }> {
    const bought = order();
    const created = await create(stored(bought));
    await standIn.pay(created);
    return { order: bought, created };
  }

  function refundOf(bought: { order: Order; created: Created }, minor: number, attempt = 1): StoredRefundRequest {
    const { orderId, title, contact } = bought.order;
    const { ref } = bought.created;
    const amount = { ...standIn.price, minor };
    const body = standIn.provider.refundRequest({
      orderId,
      installationId: INSTALLATION,
      payerId: BUYER,
      title,
      contact,
      attempt,
      ref,
      amount,
      description: 'Refund of 1 month',
    });
    return {
      key: `payment-${orderId}.refund-${attempt}`,
      body,
      orderId,
      attempt,
      ref,
      firstSentAt: new Date(),
    };
  }

  async function refund(request: StoredRefundRequest): Promise<ShownRefund> {
    const shown = await standIn.provider.refund(request);
    if (shown.outcome !== 'shown') throw new Error(`not refunded: ${JSON.stringify(shown)}`);
    return shown;
  }

  /** All of it goes back, without the shop where that can be. */
  async function giveBack(bought: { order: Order; created: Created }): Promise<void> {
    if (standIn.refundOutside) await standIn.refundOutside(bought.created, standIn.price.minor);
    else await refund(refundOf(bought, standIn.price.minor));
  }

  async function chargesOf({ ref }: Created): Promise<readonly Charge[]> {
    const state = await standIn.provider.check(ref);
    if (state.state !== 'paid') throw new Error(`not paid: ${state.state}`);
    return state.charges;
  }

  const failure = async (call: Promise<unknown>): Promise<GatewayError> => {
    const error: unknown = await call.then(
      (answer) => new Error(`it did not fail: ${JSON.stringify(answer)}`),
      (reason: unknown) => reason,
    );
    if (!(error instanceof GatewayError)) throw error;
    return error;
  };

  /** Whatever there is since a cursor, and the cursors to be kept, one of each list. */
  async function everything(
    since: readonly string[] = [],
  ): Promise<{ events: LedgerEvent[]; cursors: readonly string[] }> {
    const events: LedgerEvent[] = [];
    const { provider } = standIn;
    const cursors = [...since];
    const lists = [provider.listSince, ...(provider.refundsSince ? [provider.refundsSince] : [])];
    for (const [n, list] of lists.entries())
      for (let more = true; more;) {
        const page: LedgerPage = await list(cursors[n] ?? null);
        events.push(...page.events);
        cursors[n] = page.cursor;
        ({ more } = page);
      }
    return { events, cursors };
  }

  const can = () => standIn.provider.can;

  describe(`${name}: a payment`, () => {
    it('is open until somebody pays, and says how to', async () => {
      const created = await create();
      expect(created.ref).not.toBe('');
      expect(created.show.kind).toBe(can().paidIn === 'browser' ? 'url' : 'invoice');
      expect(await standIn.provider.check(created.ref)).toEqual({ state: 'open' });
    });

    it('that is paid is one charge of the whole price, which claims our order', async () => {
      const { order: bought, created } = await paid();
      const charges = await chargesOf(created);
      expect(charges).toMatchObject([
        {
          ref: created.ref,
          amount: standIn.price,
          refundedMinor: 0,
          claim: { orderId: bought.orderId, installationId: INSTALLATION },
        },
      ]);
      expect(charges[0]!.chargeId).not.toBe('');
    });

    it('that is paid twice is two charges where that can be, and refused to the buyer elsewhere', async () => {
      const { created } = await paid();
      if (!can().severalCharges) {
        await expect(standIn.pay(created)).rejects.toThrow();
        expect(await chargesOf(created)).toHaveLength(1);
        return;
      }
      await standIn.pay(created);
      const charges = await chargesOf(created);
      expect(charges).toHaveLength(2);
      expect(new Set(charges.map(({ chargeId }) => chargeId)).size).toBe(2);
      expect(charges.map(({ amount }) => amount)).toEqual([standIn.price, standIn.price]);
    });

    it('that nobody has paid in time is dead, and says why', async () => {
      if (standIn.expire === undefined) return;
      const created = await create();
      await standIn.expire(created);
      expect(await standIn.provider.check(created.ref)).toMatchObject({ state: 'dead', reason: expect.any(String) });
      await expect(standIn.pay(created)).rejects.toThrow();
    });

    it('that the provider has never had is unknown, or never more than open', async () => {
      const { state } = await standIn.provider.check('2f3b588d-000f-5000-8000-000000000000');
      expect(['unknown', 'open']).toContain(state);
    });

    it('is made once, whatever became of the first answer', async () => {
      const request = stored(order());
      await standIn.fault('answer-lost');
      const first = await standIn.provider.create(request).catch((error: unknown) => error);
      // A provider without an object before the money has no answer to lose.
      if (first instanceof Error) expect(isTransient(first as GatewayError)).toBe(true);
      const created = await create(request);
      expect((await create(request)).ref).toBe(created.ref);
      expect(await standIn.payments?.()).toBe(standIn.payments === undefined ? undefined : 1);
      await standIn.pay(created);
      expect(await chargesOf(created)).toHaveLength(1);
    });

    it('is found a day later, when no key is known any more; a second one is never made', async () => {
      const bought = order();
      const created = await create(stored(bought));
      const longAgo = new Date(Date.now() - 24 * 3_600_000);
      expect((await create(stored(bought, longAgo))).ref).toBe(created.ref);
      expect(await standIn.payments?.()).toBe(standIn.payments === undefined ? undefined : 1);
    });

    it('can be asked for again after it was paid', async () => {
      const bought = order();
      const created = await create(stored(bought));
      await standIn.pay(created);
      expect((await create(stored(bought))).ref).toBe(created.ref);
      expect(await chargesOf(created)).toHaveLength(1);
    });

    it('is ended by the shop where that can be, unless somebody was faster', async () => {
      expect(standIn.provider.close !== undefined).toBe(can().closes);
      if (standIn.provider.close === undefined) return;
      const open = await create();
      expect(await standIn.provider.close(open.ref)).toBe('closed');
      expect((await standIn.provider.check(open.ref)).state).not.toBe('paid');
      await expect(standIn.pay(open)).rejects.toThrow();
      const { created } = await paid();
      expect(await standIn.provider.close(created.ref)).toBe('paid');
    });

    it('is asked for in no other currency', () => {
      expect(() => standIn.provider.paymentRequest(order({ price: { currency: 'XTS', minor: 100 } }))).toThrow(
        RangeError,
      );
    });

    it('in another currency is shown with that one, and is never the price', async () => {
      if (standIn.inOtherCurrency === undefined) return;
      const { created } = await paid();
      const state = await standIn.inOtherCurrency.check(created.ref);
      if (state.state !== 'paid') throw new Error(state.state);
      expect(state.charges[0].amount.currency).not.toBe(standIn.price.currency);
    });
  });

  describe(`${name}: a refund`, () => {
    it('of everything is made once, and shown with the payment', async () => {
      if (can().refunds === 'none') return;
      const bought = await paid();
      const shown = await refund(refundOf(bought, standIn.price.minor));
      expect(shown).toMatchObject({ status: 'succeeded', ref: bought.created.ref, amount: standIn.price, attempt: 1 });
      expect(await standIn.provider.checkRefund(shown.refundRef)).toMatchObject({ status: 'succeeded' });
      expect(await standIn.provider.refundsOf(bought.created.ref)).toMatchObject([
        { refundRef: shown.refundRef, amount: standIn.price },
      ]);
      expect(await chargesOf(bought.created)).toMatchObject([{ refundedMinor: standIn.price.minor }]);
    });

    it('of a part leaves the rest, where parts can go back', async () => {
      if (can().refunds !== 'any') return;
      const bought = await paid();
      const part = Math.floor(standIn.price.minor / 3);
      await refund(refundOf(bought, part));
      await refund(refundOf(bought, part, 2));
      expect(await chargesOf(bought.created)).toMatchObject([{ refundedMinor: 2 * part }]);
      expect(await standIn.provider.refundsOf(bought.created.ref)).toHaveLength(2);
    });

    it('is given once, whatever became of the first answer', async () => {
      if (can().refunds === 'none') return;
      const bought = await paid();
      const request = refundOf(bought, standIn.price.minor);
      await standIn.fault('answer-lost');
      expect(isTransient(await failure(standIn.provider.refund(request)))).toBe(true);
      await refund(request);
      await refund(request);
      expect(await chargesOf(bought.created)).toMatchObject([{ refundedMinor: standIn.price.minor }]);
      expect(await standIn.provider.refundsOf(bought.created.ref)).toHaveLength(1);
    });

    it('of more than there is is refused as an answer', async () => {
      if (can().refunds !== 'any') return;
      const bought = await paid();
      await refund(refundOf(bought, standIn.price.minor));
      expect(await standIn.provider.refund(refundOf(bought, standIn.price.minor, 2))).toMatchObject({
        outcome: 'refused',
        why: 'order',
      });
    });

    it('of one of several charges is of that one alone', async () => {
      if (!can().severalCharges || can().refunds === 'none') return;
      const bought = await paid();
      await standIn.pay(bought.created);
      const [first, second] = await chargesOf(bought.created);
      const request = refundOf(
        { ...bought, created: { ...bought.created, ref: second!.chargeId } },
        standIn.price.minor,
      );
      expect(await refund(request)).toMatchObject({ status: 'succeeded', chargeId: second!.chargeId });
      await refund(request);
      expect(await standIn.provider.check(second!.chargeId)).toMatchObject({
        state: 'paid',
        charges: [{ chargeId: second!.chargeId, refundedMinor: standIn.price.minor }],
      });
      expect(await chargesOf(bought.created)).toMatchObject([
        { chargeId: first!.chargeId, refundedMinor: 0 },
        { chargeId: second!.chargeId, refundedMinor: standIn.price.minor },
      ]);
    });

    it('that somebody made without the shop is shown, and claims no attempt', async () => {
      if (standIn.refundOutside === undefined) return;
      const { created } = await paid();
      await standIn.refundOutside(created, standIn.price.minor);
      expect(await standIn.provider.refundsOf(created.ref)).toMatchObject([{ amount: standIn.price, attempt: null }]);
      expect(await chargesOf(created)).toMatchObject([{ refundedMinor: standIn.price.minor }]);
    });

    it('that takes its time is followed to its end, be it good or bad', async () => {
      if (standIn.slowRefunds === undefined) return;
      const slow = await standIn.slowRefunds();
      const [one, other] = [await paid(), await paid()];
      const first = await refund(refundOf(one, standIn.price.minor));
      expect(first.status).toBe('pending');
      expect(await standIn.provider.checkRefund(first.refundRef)).toMatchObject({ status: 'pending' });
      await slow.settle();
      expect(await standIn.provider.checkRefund(first.refundRef)).toMatchObject({ status: 'succeeded', reason: null });
      const again = await standIn.slowRefunds();
      const second = await refund(refundOf(other, standIn.price.minor));
      await again.settle('insufficient_funds');
      expect(await standIn.provider.checkRefund(second.refundRef)).toMatchObject({
        status: 'canceled',
        reason: 'insufficient_funds',
      });
    });

    it('that the provider does not know is undefined', async () => {
      expect(await standIn.provider.checkRefund('2f3b588d-000f-5000-8000-000000000000')).toBeUndefined();
    });
  });

  describe(`${name}: what has happened since`, () => {
    it('shows money and refunds, each with its claim', async () => {
      const first = await everything();
      const bought = await paid();
      const refunded = await paid();
      await giveBack(refunded);
      const second = await everything(first.cursors);
      const charges = second.events.flatMap((one) => (one.kind === 'charge' ? [one.charge] : []));
      expect(charges.map(({ ref }) => ref)).toEqual(expect.arrayContaining([bought.created.ref, refunded.created.ref]));
      expect(charges.find(({ ref }) => ref === bought.created.ref)).toMatchObject({
        amount: standIn.price,
        claim: { orderId: bought.order.orderId, installationId: INSTALLATION },
      });
      const refunds = second.events.flatMap((one) => (one.kind === 'refund' ? [one.refund] : []));
      expect(refunds).toMatchObject([{ ref: refunded.created.ref, amount: standIn.price, status: 'succeeded' }]);
    });

    it('loses nothing between two readings, and a cursor may be used twice', async () => {
      const { cursors } = await everything();
      const { created } = await paid();
      const refsIn = ({ events }: { events: LedgerEvent[] }) =>
        events.flatMap((one) => (one.kind === 'charge' ? [one.charge.ref] : []));
      expect(refsIn(await everything(cursors))).toContain(created.ref);
      expect(refsIn(await everything(cursors))).toContain(created.ref);
    });

    it('is read from the beginning where the cursor is no cursor', async () => {
      const { created } = await paid();
      for (const nonsense of ['', '{', '{"list":"x"}', 'null', '-1'])
        expect((await everything([nonsense, nonsense])).events).toMatchObject([
          { kind: 'charge', charge: { ref: created.ref } },
        ]);
    });

    it('is read page by page', async () => {
      const bought: string[] = [];
      for (let count = 0; count < 105; count += 1) bought.push((await paid()).created.ref);
      const { events } = await everything();
      const shown = events.flatMap((one) => (one.kind === 'charge' ? [one.charge.ref] : []));
      expect(new Set(shown)).toEqual(new Set(bought));
    });
  });

  describe(`${name}: its books`, () => {
    it('have every payment and refund of the time, whatever became of it', async () => {
      const open = standIn.payments === undefined ? undefined : await create();
      const bought = await paid();
      const refunded = await paid();
      await giveBack(refunded);
      const { payments, refunds } = await standIn.provider.bookSince(new Date(Date.now() - 60_000));
      const stateOf = ({ ref }: Created) => payments.find((one) => one.ref === ref);
      expect(stateOf(bought.created)).toMatchObject({
        state: 'paid',
        amount: standIn.price,
        refundedMinor: 0,
        claim: { orderId: bought.order.orderId, installationId: INSTALLATION },
      });
      expect(stateOf(refunded.created)).toMatchObject({ state: 'paid', refundedMinor: standIn.price.minor });
      if (open !== undefined) expect(stateOf(open)).toMatchObject({ state: 'open', amount: standIn.price });
      expect(refunds).toMatchObject([{ ref: refunded.created.ref, amount: standIn.price, status: 'succeeded' }]);
      expect(await standIn.provider.bookSince(new Date(Date.now() + 60_000))).toEqual({ payments: [], refunds: [] });
    });
  });

  describe(`${name}: a notification`, () => {
    it('of money says where to look, also after it was stored', async () => {
      if (standIn.webhook === undefined || standIn.notification === undefined) return;
      const { order: bought, created } = await paid();
      const { raw, headers } = await standIn.notification(created);
      const received = standIn.webhook.receive(raw, headers);
      if (received.outcome !== 'accepted') throw new Error(received.why);
      expect(received.notification).toMatchObject({
        provider: standIn.provider.id,
        about: 'charge',
        ref: created.ref,
        claimedOrderId: bought.orderId,
        saysPaid: true,
      });
      expect(standIn.provider.readNotification?.(received.stored)).toEqual(received.notification);
    });

    it('that is forged is rejected where that can be told', async () => {
      if (standIn.webhook === undefined) return;
      expect(standIn.forged !== undefined).toBe(can().signsNotifications);
      if (standIn.forged === undefined) return;
      const { raw, headers } = standIn.forged(await create());
      expect(standIn.webhook.receive(raw, headers)).toEqual({ outcome: 'rejected', why: 'signature' });
    });

    it('of something else is accepted, so that it is not sent for ever, and means nothing', () => {
      if (standIn.webhook === undefined || standIn.odd === undefined) return;
      const { raw, headers } = standIn.odd();
      expect(standIn.webhook.receive(raw, headers)).toMatchObject({
        outcome: 'accepted',
        notification: { about: 'other', saysPaid: false },
      });
    });

    it.each(['', '{', 'null', '[]', '{"hello":1}', '\u0000', '""'])(
      'that is none is rejected, and nothing is thrown: %j',
      (text) => {
        if (standIn.webhook === undefined) return;
        expect(standIn.webhook.receive(Buffer.from(text), {})).toMatchObject({ outcome: 'rejected' });
        expect(standIn.provider.readNotification?.(text)).toBeUndefined();
      },
    );
  });

  describe(`${name}: a failure`, () => {
    it('of the network is transient', async () => {
      const error = await failure(standIn.nobody.ping());
      expect([isTransient(error), error.kind]).toEqual([true, 'unreachable']);
    });

    it('of a provider that is down is transient, in every call', async () => {
      const bought = await paid();
      const { provider } = standIn;
      for (const call of [
        () => provider.check(bought.created.ref),
        () => provider.listSince(null),
        () => provider.ping(),
        () => provider.checks(),
      ]) {
        await standIn.fault('away');
        const outcome = await call().then(
          () => 'answered',
          (error: unknown) => (isTransient(error as GatewayError) ? 'transient' : 'refused'),
        );
        // What is read from the shop's own database is not away.
        expect(['transient', ...(can().paidIn === 'chat' ? ['answered'] : [])]).toContain(outcome);
        await standIn.reset();
      }
    });

    it('that names a pause of years is transient, and the pause is bounded', async () => {
      await standIn.fault('busy-for-years');
      const error = await failure(standIn.provider.ping());
      expect([isTransient(error), error.kind]).toEqual([true, 'rate-limited']);
      // Not everybody names one.
      expect(error.retryAfterMs ?? 0).toBeLessThanOrEqual(LONGEST_PAUSE_MS);
    });

    it('because of the key is a refusal, and shows no key', async () => {
      const error = await failure(standIn.withWrongKey.ping());
      expect(isTransient(error)).toBe(false);
      expect(JSON.stringify([error.message, error.code, error.stack])).not.toMatch(/WRONG-KEY/);
      if (can().paidIn === 'chat') return;
      expect(await standIn.withWrongKey.create(stored(order()))).toMatchObject({
        outcome: 'refused',
        why: 'credentials',
      });
    });

    it('is none when everything is in order', async () => {
      await standIn.provider.ping();
      expect((await standIn.provider.checks()).filter(({ verdict }) => verdict === 'bad')).toEqual([]);
    });
  });
}
