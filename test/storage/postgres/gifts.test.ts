/** Gifts in the database: paid for, claimed once, given back; every way their money and their days can go. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { voucherTerms } from '../../../src/domain/voucher/terms';
import type { VoucherPlace } from '../../../src/domain/voucher/voucher';
import { refundWords } from '../../../src/cli/refundWords';
import { applyCatalogue } from '../../../src/storage/postgres/applyCatalogue';
import { createAuditRepository } from '../../../src/storage/postgres/audit';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import { createGiftsRepository } from '../../../src/storage/postgres/gifts';
import { createOwedKeysRepository } from '../../../src/storage/postgres/owedKeys';
import { createVouchersRepository } from '../../../src/storage/postgres/vouchers';
import { compareGifts } from '../../../src/support/audit/gifts';
import { bookDifferences } from './books';
import { promoCode, usesOf, withPromo } from './promos';
import { catalogue, days, freshIds, outcomes, PRICE, times, useShop } from './shopDatabase';
import { trialGiven, trialOffer, trialRequest } from './trials';
import { answerOf, claimVoucher, voucherClaimed } from './vouchers';

const shop = useShop();
const NL = { locationCode: 'nl' };
const GIFT = { locationCode: null } as const;
const gifts = () => createGiftsRepository(shop.pool);

/** Bought and paid. @returns the id of its order, which is its voucher's */
async function gift(giver: number, change: Parameters<typeof shop.open>[1] = {}, at?: Date): Promise<string> {
  const { id } = await shop.open(giver, { ...GIFT, ...change });
  expect(await shop.recordPaid(id, at)).toEqual({ decision: 'gift' });
  return id;
}
const claim = (voucherId: string, userId: number, place?: VoucherPlace, at?: Date) =>
  claimVoucher(shop.pool, voucherId, userId, place, at);
const claimed = (voucherId: string, userId: number, place?: VoucherPlace, at?: Date) =>
  voucherClaimed(shop.pool, voucherId, userId, place, at);
const refund = async (paymentId: string, askedBy: string, kopecks: number | null = null, paidKopecks = PRICE) => {
  const planned = await shop.refund(paymentId, { kopecks, askedBy, paidKopecks });
  return planned.outcome === 'planned' ? 'planned' : planned.reason;
};
/** At the end of its 90 days, unless told: nobody has claimed it. */
const returned = (id: string, at = new Date(Date.now() + days(90))) => gifts().returnToGiver(id, at);
const stateOf = async (id: string) => (await gifts().byId(id))!.state;
/** Nothing that the audit would find: neither of the gifts nor of what they gave. */
async function expectNoDifferences(): Promise<void> {
  expect(compareGifts(await createAuditRepository(shop.pool).gifts(new Date(0)))).toEqual([]);
  expect(await bookDifferences(shop.pool)).toEqual([]);
}

describe('an order for a gift', () => {
  it('takes no place, freezes what it gives, and is a voucher with its money, in one step however often repeated', async () => {
    const giver = await shop.buyer();
    const before = await shop.count('subscriptions', 'true');
    const order = await shop.open(giver, GIFT);
    expect(order).toMatchObject({ purpose: 'gift', locationCode: null, locationName: null, serverCode: null });
    const at = new Date();
    for (let n = 0; n < 3; n += 1) expect(await shop.recordPaid(order.id, at)).toEqual({ decision: 'gift' });
    expect(await shop.payments.byId(order.id)).toMatchObject({ status: 'issued', paidAt: at, subscriptionId: null });
    expect(await gifts().byId(order.id)).toMatchObject({
      ...{ id: order.id, giverId: giver, days: 30, trafficGb: 100, state: 'waiting', createdAt: at, deliveredAt: at },
    });
    expect(await shop.count('vouchers', 'payment_id = $1', order.id)).toBe(1);
    expect(await shop.count('subscriptions', 'true')).toBe(before);
    const events = (await shop.payments.events(order.id)).map(({ event }) => event);
    expect(events).toEqual(['confirmed', 'paid', 'gift-made']);
  });

  it('is another order than one for oneself: both are open at once, and neither replaces the other', async () => {
    const giver = await shop.buyer();
    const own = await shop.open(giver);
    const present = await shop.open(giver, GIFT);
    expect(await shop.payments.open(shop.draft(giver, GIFT))).toMatchObject({
      outcome: 'existing',
      payment: { id: present.id },
    });
    await shop.payments.dismiss(present.id);
    await shop.recordPaid(own.id);
    expect(await shop.recordPaid(present.id)).toEqual({ decision: 'gift' });
  });

  it('that was cancelled for another gift, which is paid, buys nothing: its money goes back', async () => {
    const giver = await shop.buyer();
    const first = await shop.open(giver, GIFT);
    await shop.payments.dismiss(first.id);
    await gift(giver, { planCode: 'year', priceKopecks: 159_000 });
    expect(await shop.recordPaid(first.id)).toEqual({ decision: 'refund', reason: 'replaced' });
    expect(await shop.count('vouchers', 'id = $1', first.id)).toBe(0);
  });

  it('two gifts of the same plan are two vouchers', async () => {
    const giver = await shop.buyer();
    const [one, two] = [await gift(giver), await gift(giver)];
    expect((await gifts().sentBy(giver, 0)).items.map(({ id }) => id).toSorted()).toEqual([one, two].toSorted());
    expect(await gifts().sentBy(await shop.buyer(), 0)).toEqual({ items: [], page: 0, hasNext: false });
  });

  it('are listed page by page, every one of them once, also more than fifty', async () => {
    const giver = await shop.buyer();
    const ids: string[] = [];
    for (let n = 0; n < 57; n += 1) ids.push(await gift(giver));
    const listed: string[] = [];
    for (let page = 0, more = true; more; page += 1) {
      const shown = await gifts().sentBy(giver, page);
      expect(shown.page).toBe(page);
      listed.push(...shown.items.map(({ id }) => id));
      more = shown.hasNext;
    }
    expect(listed.toSorted()).toEqual(ids.toSorted());
    // A button of a page that there is no more.
    expect(await gifts().sentBy(giver, 400)).toMatchObject({ page: 0, hasNext: true });
  });

  it('promo × gift: a code takes money off it, and its use ends with the order', async () => {
    const code = await promoCode(shop.pool);
    const giver = await shop.buyer();
    const id = await gift(giver, withPromo(code, PRICE));
    expect(await shop.payments.byId(id)).toMatchObject({ priceKopecks: 15_900, discountKopecks: 4_000 });
    expect(await usesOf(shop.pool, code.code)).toEqual({ used: 1 });
    const days7 = await promoCode(shop.pool, { kind: 'days', amount: 7 });
    const draft = shop.draft(giver, { ...GIFT, planCode: 'day', ...withPromo(days7, 1_000) });
    expect(await shop.payments.open(draft)).toEqual({ outcome: 'promo-changed', refused: 'gift' });
  });

  it('its link is owed until Telegram takes it, it is claimed, or its money goes back', async () => {
    const owed = createOwedKeysRepository(shop.pool);
    const giver = await shop.buyer();
    const [one, two] = [await gift(giver), await gift(giver)];
    expect((await owed.ofUser(giver)).map((key) => key.id).toSorted()).toEqual([one, two].toSorted());
    await claimed(one, await shop.buyer());
    await returned(two);
    expect(await owed.ofUser(giver)).toMatchObject([{ id: two, isGift: true }]);
    await refund(two, 'buyer');
    expect(await owed.ofUser(giver)).toEqual([]);
    const three = await gift(giver);
    const audited = await createAuditRepository(shop.pool).payments(new Date(0));
    const keyTold = (id: string) => audited.find((payment) => payment.id === id)!.keyTold;
    expect([one, two, three].map(keyTold)).toEqual([true, true, false]);
  });
});

describe('V1: a gift is claimed once', () => {
  it('by one of 100 who come at once, and the others are all told the same: 100 times over', async () => {
    const giver = await shop.buyer();
    const people = await Promise.all(times(100, () => shop.buyer()));
    const ids: string[] = [];
    for (let n = 0; n < 100; n += 1) {
      const id = await gift(giver);
      ids.push(id);
      expect(await outcomes(people.map((userId) => answerOf(claim(id, userId))))).toEqual({ given: 1, claimed: 99 });
    }
    expect(await shop.count('free_grants', `kind = 'gift' AND source = ANY($1)`, ids)).toBe(100);
    expect(await shop.count('payment_events', `event = 'gift-claimed' AND payment_id = ANY($1)`, ids)).toBe(100);
    await expectNoDifferences();
  }, 300_000);

  it('also by its giver, who has it then like anybody else', async () => {
    const giver = await shop.buyer();
    const id = await gift(giver);
    const { subscription } = await claimed(id, giver);
    expect(subscription).toMatchObject({ userId: giver, status: 'pending' });
    expect(await answerOf(claim(id, await shop.buyer()))).toBe('claimed');
    expect((await shop.row('users', 'telegram_id = $1', giver))['referred_by']).toBeNull();
  });
});

/** Every other one of two begins up to 10 ms later, so that each of them is the first one sometimes. */
const late = async <T>(n: number, work: () => Promise<T>): Promise<T> => {
  if (n % 2 === 1) await new Promise((resolve) => setTimeout(resolve, n % 11));
  return work();
};

describe('V2: claim, cancel and refund exclude each other', () => {
  it('exactly one of the claim and the giver’s cancellation wins, and the money agrees: 100 times over', async () => {
    const [giver, receiver] = [await shop.buyer(), await shop.buyer()];
    const seen = new Set<string>();
    for (let n = 0; n < 100; n += 1) {
      const id = await gift(giver);
      const pause = () => new Promise((resolve) => setTimeout(resolve, n % 3));
      const [answer, cancelled] = await Promise.all([
        n % 2 === 0 ? answerOf(claim(id, receiver)) : pause().then(() => answerOf(claim(id, receiver))),
        n % 2 === 0 ? pause().then(() => refund(id, 'buyer')) : refund(id, 'buyer'),
      ]);
      const { status, refundedKopecks } = (await shop.payments.byId(id))!;
      const grants = await shop.count('free_grants', `kind = 'gift' AND source = $1`, id);
      expect([answer, cancelled, status, refundedKopecks, grants, await stateOf(id)]).toEqual(
        answer === 'given'
          ? ['given', 'gift-claimed', 'issued', 0, 1, 'claimed']
          : ['void', 'planned', 'refunding', PRICE, 0, 'refunded'],
      );
      seen.add(answer);
    }
    // Both ends were met.
    expect([...seen].toSorted()).toEqual(['given', 'void']);
    await expectNoDifferences();
  }, 120_000);

  it('a refund by the owner wins over both: what was claimed before is revoked, what was not can’t be claimed', async () => {
    const [giver, receiver] = [await shop.buyer(), await shop.buyer()];
    const seen = new Set<string>();
    for (let n = 0; n < 60; n += 1) {
      const id = await gift(giver);
      const [answer, byBuyer, byOwner] = await Promise.all([
        late(n, () => answerOf(claim(id, receiver))),
        late(n + 1, () => refund(id, 'buyer')),
        late(n + 1, () => refund(id, 'operator:1')),
      ]);
      seen.add(answer);
      expect([byBuyer, byOwner].filter((one) => one === 'planned')).toHaveLength(1);
      expect(await shop.status(id)).toBe('refunding');
      expect(await shop.count('refunds', 'payment_id = $1', id)).toBe(1);
      const entry = `kind = 'refund' AND whole AND grant_id IN (SELECT e.id FROM grant_entries e
        JOIN free_grants f ON f.id::text = e.source WHERE f.kind = 'gift' AND f.source = $1)`;
      expect([await stateOf(id), await shop.count('grant_entries', entry, id)]).toEqual(
        answer === 'given' ? ['claimed', 1] : ['refunded', 0],
      );
    }
    expect([...seen].toSorted()).toEqual(['given', 'void']);
    await expectNoDifferences();
  }, 120_000);

  it('exactly one of a claim by somebody and the return to the giver wins: 50 times over', async () => {
    const [giver, receiver] = [await shop.buyer(), await shop.buyer()];
    const seen = new Set<string>();
    for (let n = 0; n < 50; n += 1) {
      const id = await gift(giver);
      const [answer, state] = await Promise.all([
        late(n, () => answerOf(claim(id, receiver))),
        late(n + 1, () => returned(id)),
      ]);
      seen.add(answer);
      expect([answer, state, await stateOf(id)]).toEqual(
        answer === 'given' ? ['given', 'claimed', 'claimed'] : ['void', 'returned', 'returned'],
      );
    }
    expect([...seen].toSorted()).toEqual(['given', 'void']);
  }, 60_000);

  it('the return by itself keeps to the 90 days, whoever asks too early: of claim and return at the end one wins as a whole', async () => {
    const paidAt = new Date();
    const end = new Date(paidAt.getTime() + days(90));
    const [giver, receiver] = [await shop.buyer(), await shop.buyer()];
    for (let n = 0; n < 20; n += 1) {
      const id = await gift(giver, {}, paidAt);
      const early = await Promise.all([
        returned(id, new Date(end.getTime() - 1)),
        late(n, () => returned(id, new Date(end.getTime() - days(80)))),
      ]);
      expect([...early, await stateOf(id)]).toEqual(['waiting', 'waiting', 'waiting']);
      const [answer, state] = await Promise.all([
        late(n, () => answerOf(claim(id, receiver, NL, end))),
        late(n + 1, () => returned(id, end)),
      ]);
      const { returned_at: returnedAt } = await shop.row('vouchers', 'id = $1', id);
      const given = await shop.count('free_grants', `kind = 'gift' AND source = $1`, id);
      expect([answer, state, returnedAt, given]).toEqual(
        answer === 'given' ? ['given', 'claimed', null, 1] : ['void', 'returned', end, 0],
      );
    }
    await expectNoDifferences();
  }, 60_000);

  it('a refund and the return to the giver never wait for each other: 50 times over', async () => {
    const giver = await shop.buyer();
    for (let n = 0; n < 50; n += 1) {
      const id = await gift(giver);
      const [refunded] = await Promise.all([refund(id, 'operator:1'), returned(id)]);
      expect([refunded, await stateOf(id), await answerOf(claim(id, giver))]).toEqual(['planned', 'refunded', 'void']);
    }
    await expectNoDifferences();
  }, 60_000);
});

describe('V3: the days given are the days bought, whenever it is claimed', () => {
  it.each([0, 1, 89, 400])('%s days after it was paid, from the claim on', async (later) => {
    const paidAt = new Date();
    const id = await gift(await shop.buyer(), {}, paidAt);
    const at = new Date(paidAt.getTime() + days(later));
    const { subscription } = await claimed(id, await shop.buyer(), NL, at);
    expect([subscription.startsAt, subscription.expiresAt]).toEqual([at, new Date(at.getTime() + days(30))]);
    await expectNoDifferences();
  });

  it('trial × gift: added to a trial it is the same key, and the plan of the gift', async () => {
    await applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer() });
    try {
      const userId = await shop.buyer();
      const grants = createFreeGrantsRepository(shop.pool);
      const trial = await trialGiven(shop.pool, trialRequest(userId));
      const own = (await shop.subscriptions.byId(trial.subscriptionId))!;
      await grants.recordDelivered(trial.id, own);
      const id = await gift(await shop.buyer());
      const { subscription } = await claimed(id, userId, { subscriptionId: own.id });
      expect(subscription).toMatchObject({ panelUserId: own.panelUserId, planCode: 'month' });
      expect(subscription.expiresAt.getTime() - subscription.startsAt.getTime()).toBe(days(33));
      // Who was given something has no trial to come.
      const other = await shop.buyer();
      await claimed(await gift(userId), other);
      expect(await grants.trialOfferFor(other)).toBeUndefined();
    } finally {
      await applyCatalogue(shop.pool, catalogue());
    }
  });

  it('returned to its giver, who claims it a year later', async () => {
    const giver = await shop.buyer();
    const id = await gift(giver);
    const at = new Date(Date.now() + days(90));
    expect(await gifts().returnToGiver(id, at)).toBe('returned');
    expect(await gifts().returnToGiver(id, at)).toBe('returned');
    expect(await answerOf(claim(id, await shop.buyer()))).toBe('void');
    const { subscription } = await claimed(id, giver, NL, new Date(at.getTime() + days(275)));
    expect(subscription.expiresAt.getTime() - subscription.startsAt.getTime()).toBe(days(30));
    const returned = (await shop.payments.events(id)).filter(({ event }) => event === 'gift-returned');
    expect(returned).toHaveLength(1);
  });
});

describe('V4: what was bought is honoured when the catalogue changes', () => {
  it('a plan and a server that are gone: the gift gives what was bought, on another server', async () => {
    const id = await gift(await shop.buyer(), { planCode: 'day', priceKopecks: 1_000 });
    await applyCatalogue(shop.pool, {
      ...catalogue(),
      plans: catalogue().plans.filter(({ code }) => code !== 'day'),
      servers: catalogue().servers.filter(({ code }) => code !== 'de-1'),
    });
    try {
      const { subscription } = await claimed(id, await shop.buyer(), { locationCode: 'de' });
      expect(subscription).toMatchObject({ planCode: 'day', trafficGb: 5, serverCode: 'de-2' });
      expect(subscription.expiresAt.getTime() - subscription.startsAt.getTime()).toBe(days(1));
    } finally {
      await applyCatalogue(shop.pool, catalogue());
    }
  });

  it('a full location: nothing is lost, and another one gives it', async () => {
    const id = await gift(await shop.buyer());
    await claimed(await gift(await shop.buyer()), await shop.buyer(), { locationCode: 'fi' });
    const userId = await shop.buyer();
    expect(await answerOf(claim(id, userId, { locationCode: 'fi' }))).toBe('full');
    expect(await stateOf(id)).toBe('waiting');
    expect(await answerOf(claim(id, userId))).toBe('given');
  });
});

describe('a refund after the claim', () => {
  it('revokes what lies ahead of whoever has it, and nothing that they bought themselves', async () => {
    const receiver = await shop.buyer();
    const own = await shop.issued(receiver);
    const id = await gift(await shop.buyer());
    const { id: grantId } = await claimed(id, receiver, { subscriptionId: own.subscriptionId });
    const both = (await shop.subscriptions.byId(own.subscriptionId))!;
    await createFreeGrantsRepository(shop.pool).recordDelivered(grantId, both);
    expect(await refund(id, 'buyer')).toBe('gift-claimed');
    expect(await refund(id, 'operator:1')).toBe('planned');
    const left = (await shop.subscriptions.byId(own.subscriptionId))!;
    expect(both.expiresAt.getTime() - left.expiresAt.getTime()).toBe(days(30));
    expect(left).toMatchObject({ status: 'active', trafficGb: 100 });
    expect(await shop.revocations.unconfirmedOf(id)).toMatchObject([{ panelUserId: left.panelUserId }]);
    expect(await shop.count('refunds', 'payment_id = $1', id)).toBe(1);
    await expectNoDifferences();
  });

  it('gift × chargeback, in the middle of its days: the used ones stay used, the rest ends now', async () => {
    const receiver = await shop.buyer();
    const at = new Date(Date.now() - days(10));
    const id = await gift(await shop.buyer(), {}, at);
    const { id: grantId, subscription } = await claimed(id, receiver, NL, at);
    await createFreeGrantsRepository(shop.pool).recordDelivered(grantId, subscription);
    const now = new Date();
    const shown = [{ providerRef: `r-${id}`, kopecks: PRICE, status: 'succeeded', attempt: undefined } as const];
    expect(await shop.payments.recordShownRefunds(id, shown, PRICE, now)).toMatchObject({ status: 'refunded' });
    const left = (await shop.subscriptions.byId(subscription.id))!;
    expect([left.status, left.expiresAt]).toEqual(['revoked', now]);
    expect(await stateOf(id)).toBe('claimed');
    await expectNoDifferences();
  });

  it.each([
    ['while it waits', async () => undefined],
    ['when it is its giver’s own', (id: string) => returned(id)],
  ])('gift × chargeback, before anybody has claimed it, %s: void for everybody', async (_, becomes) => {
    const [giver, other] = [await shop.buyer(), await shop.buyer()];
    const id = await gift(giver);
    await becomes(id);
    const shown = [{ providerRef: `r-${id}`, kopecks: PRICE, status: 'succeeded', attempt: undefined } as const];
    for (let again = 0; again < 2; again += 1)
      expect(await shop.payments.recordShownRefunds(id, shown, PRICE, new Date())).toMatchObject({
        status: 'refunded',
      });
    expect(await stateOf(id)).toBe('refunded');
    for (const person of [giver, other]) expect(await answerOf(claim(id, person))).toBe('void');
    expect(await shop.count('free_grants', 'source = $1', id)).toBe(0);
    await expectNoDifferences();
  });

  it('before it was delivered: nothing is delivered any more', async () => {
    const receiver = await shop.buyer();
    const id = await gift(await shop.buyer());
    const { id: grantId, subscription } = await claimed(id, receiver);
    await refund(id, 'operator:1');
    expect(await shop.subscriptions.byId(subscription.id)).toMatchObject({ status: 'revoked' });
    expect(await createFreeGrantsRepository(shop.pool).recordDelivered(grantId, subscription)).toBe('too-late');
    await expectNoDifferences();
  });
});

describe('a refund of a part of the money, also where an operator has accepted other money than the price', () => {
  it.each([
    ['the price, of which half goes back', PRICE, PRICE / 2],
    ['twice the price, of which half goes back', PRICE * 2, PRICE],
    ['half the price, of which half goes back', PRICE / 2, PRICE / 4],
  ])('%s: before the claim and after it half of the gift is taken', async (_, paid, back) => {
    const [before, after] = [await gift(await shop.buyer()), await gift(await shop.buyer())];
    expect(await refund(before, 'operator:1', back, paid)).toBe('planned');
    expect(await stateOf(before)).toBe('waiting');
    const one = await claimed(before, await shop.buyer());
    const other = await claimed(after, await shop.buyer());
    expect(await refund(after, 'operator:1', back, paid)).toBe('planned');
    for (const { subscription } of [one, other]) {
      const { startsAt, expiresAt, trafficGb } = (await shop.subscriptions.byId(subscription.id))!;
      expect([expiresAt.getTime() - startsAt.getTime(), trafficGb]).toEqual([days(15), 50]);
    }
    // The delivery of what is left tells the panel; the refund before it has ended, so nobody would carry out another call.
    const toTell = [before, after].map((id) => shop.count('access_revocations', 'payment_id = $1', id));
    expect(await Promise.all(toTell)).toEqual([0, 1]);
    await expectNoDifferences();
  });
});

describe('what the screen showed', () => {
  it('is what comes: a part refund before the claim is compared with it, and the first of both part refunds, too', async () => {
    const id = await gift(await shop.buyer());
    const vouchers = createVouchersRepository(shop.pool);
    const userId = await shop.buyer();
    const shown = async () => voucherTerms((await vouchers.byId(id))!);
    const claim = (terms: string) =>
      vouchers.claim(
        {
          ...{ id: randomUUID(), ...freshIds(), voucherId: id, userId, place: { locationCode: 'nl' } },
          ...{ terms, askedAt: new Date() },
        },
        new Date(),
      );
    for (const back of [PRICE / 4, PRICE / 4]) {
      const before = await shown();
      expect(await refund(id, 'operator:1', back)).toBe('planned');
      expect(await claim(before)).toEqual({ outcome: 'refused', why: 'changed' });
      expect(await stateOf(id)).toBe('waiting');
    }
    const now = await shown();
    const given = await claim(now);
    expect(given).toMatchObject({ outcome: 'given', isNew: true });
    // A repeated attempt of either finds it.
    expect(await claim(now)).toMatchObject({ outcome: 'given', isNew: false });
    expect(await claim('anything')).toMatchObject({ outcome: 'given', isNew: false });
    await expectNoDifferences();
  });
});

describe('`npm run payment -- refund` says before it takes something of a gift', () => {
  const said = async (id: string, kopecks: number | null): Promise<string> => {
    const preview = await shop.payments.previewRefund(id, kopecks, new Date());
    if (preview.outcome !== 'possible') throw new Error(preview.reason);
    return refundWords(preview);
  };

  it('of one that nobody has claimed: that nobody can any more, or gets less', async () => {
    const id = await gift(await shop.buyer());
    expect(await said(id, null)).toContain('nobody has claimed the gift, and nobody can claim it any more');
    expect(await said(id, PRICE / 2)).toContain('whoever claims it gets so much less');
    // It was only looked at.
    expect(await shop.row('vouchers', 'id = $1', id)).toMatchObject({ status: 'issued' });
  });

  it('of one that was claimed: what is taken from whoever has it', async () => {
    const id = await gift(await shop.buyer());
    const { subscription } = await claimed(id, await shop.buyer());
    expect(await said(id, null)).toContain('the access is revoked; it would have lasted until');
    expect(await said(id, PRICE / 2)).toMatch(/shortens it by 1[45] days .* traffic 100 → 50 GiB/);
    expect(await shop.subscriptions.byId(subscription.id)).toMatchObject({ status: 'pending', trafficGb: 100 });
  });
});

/** Ends a free grant because its panel is gone for good; the panel is there again for what follows. */
async function goneFor(grantId: string, now = new Date()) {
  await shop.pool.query(`UPDATE servers SET gone_at = now(), active = false WHERE code = 'nl-1'`);
  try {
    return await createFreeGrantsRepository(shop.pool).end(grantId, now);
  } finally {
    await shop.pool.query(`UPDATE servers SET gone_at = NULL, active = true WHERE code = 'nl-1'`);
  }
}

describe('panel gone × gift: a panel that is gone for good before the gift is delivered', () => {
  it('it can be claimed again, also when a part of its money went back before, and its share is taken again', async () => {
    const id = await gift(await shop.buyer());
    expect(await refund(id, 'operator:1', PRICE / 2)).toBe('planned');
    for (let n = 0; n < 2; n += 1) {
      const { id: grantId } = await claimed(id, await shop.buyer());
      expect(await goneFor(grantId)).toBe('panel-gone');
      expect(await stateOf(id)).toBe('waiting');
    }
    const { subscription } = await claimed(id, await shop.buyer());
    expect([subscription.expiresAt.getTime() - subscription.startsAt.getTime(), subscription.trafficGb]).toEqual([
      days(15),
      50,
    ]);
    await expectNoDifferences();
  });
});

describe('panel gone × gift: the return to its giver', () => {
  it('waits 30 days at least from when it was given back', async () => {
    const now = new Date();
    const id = await gift(await shop.buyer(), {}, new Date(now.getTime() - days(95)));
    const { id: grantId } = await claimed(id, await shop.buyer(), NL, new Date(now.getTime() - days(6)));
    expect(await goneFor(grantId, now)).toBe('panel-gone');
    expect(await gifts().byId(id)).toMatchObject({ state: 'waiting', givenBackAt: now });
    const isDue = async (daysAgo: number, at: number) => {
      const until = new Date(now.getTime() + days(at) - days(daysAgo));
      const after = new Date(daysAgo === 90 ? 0 : until.getTime() - 7_200_000);
      const found = await gifts().waiting({ after, until }, 500);
      return found.some((one) => one.id === id);
    };
    // A workflow that has begun before asks by the 90 days from its payment.
    expect(await returned(id, now)).toBe('waiting');
    // Its workflow begins at once, and is there when it is due; not for the 90 days from its payment, which are over.
    expect([await isDue(0, 0), await isDue(90, 0), await isDue(90, 29), await isDue(90, 30)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    await expectNoDifferences();
  });
});

describe('referral × gift', () => {
  let people = 800_000;
  /** @param age days since they came */
  async function person(age: number): Promise<number> {
    const telegramId = (people += 1);
    await shop.users.upsert({ telegramId, firstName: 'Bob', username: null, language: 'en' });
    await shop.pool.query(`UPDATE users SET created_at = now() - $2 * interval '1 day' WHERE telegram_id = $1`, [
      telegramId,
      age,
    ]);
    return telegramId;
  }
  const inviterOf = async (userId: number) => (await shop.row('users', 'telegram_id = $1', userId))['referred_by'];

  it('a new person who claims counts as invited by the giver; the reward needs a purchase of their own', async () => {
    const [giver, receiver] = [await person(100), await person(0)];
    await claimed(await gift(giver), receiver);
    expect(await inviterOf(receiver)).toBe(giver);
    expect(await shop.count('referral_rewards', 'friend_id = $1', receiver)).toBe(0);
  });

  it.each([
    ['who has been here for long', 8, undefined],
    ['who was here before the giver', 2, 1],
  ])('not one %s', async (_, age, giverAge) => {
    const [giver, receiver] = [await person(giverAge ?? 100), await person(age)];
    await claimed(await gift(giver), receiver);
    expect(await inviterOf(receiver)).toBeNull();
  });

  it('not a customer, nor who has another inviter, nor a second time', async () => {
    const [giver, other] = [await person(100), await person(100)];
    const customer = await person(0);
    await shop.issued(customer);
    await claimed(await gift(giver), customer);
    expect(await inviterOf(customer)).toBeNull();
    const receiver = await person(0);
    await claimed(await gift(giver), receiver);
    await claimed(await gift(other), receiver);
    expect(await inviterOf(receiver)).toBe(giver);
  });

  it('says in "my subscriptions" who gave what; not of what somebody gave to themselves', async () => {
    const [giver, receiver] = [await person(100), await person(0)];
    const { id, subscription } = await claimed(await gift(giver), receiver);
    expect([...(await gifts().giversOf(subscription.id))]).toEqual([[id, 'Bob']]);
    const own = await claimed(await gift(giver), giver);
    expect([...(await gifts().giversOf(own.subscription.id))]).toEqual([]);
  });
});

it('the audit finds a gift that is lost, given for nothing, or still good after its refund', async () => {
  const giver = await shop.buyer();
  const kinds = async (id: string) =>
    compareGifts(await createAuditRepository(shop.pool).gifts(new Date(0)))
      .filter(({ ids }) => ids.payment === id)
      .map(({ kind }) => kind);
  const id = await gift(giver);
  expect(await kinds(id)).toEqual([]);
  await shop.pool.query(`UPDATE vouchers SET days = 31 WHERE id = $1`, [id]);
  expect(await kinds(id)).toEqual(['wrong-gift']);
  await shop.pool.query(`UPDATE vouchers SET days = 30 WHERE id = $1`, [id]);
  await shop.pool.query(`UPDATE vouchers SET status = 'revoked' WHERE id = $1`, [id]);
  expect(await kinds(id)).toEqual(['wrong-gift']);
  await shop.pool.query(`UPDATE vouchers SET status = 'issued' WHERE id = $1`, [id]);
  await refund(id, 'operator:1');
  expect(await kinds(id)).toEqual([]);
  await shop.pool.query(`UPDATE vouchers SET status = 'issued' WHERE id = $1`, [id]);
  expect(await kinds(id)).toEqual(['wrong-gift']);
  await shop.pool.query(`UPDATE vouchers SET status = 'refunded' WHERE id = $1`, [id]);
  const { id: unpaid } = await shop.open(giver, GIFT);
  await shop.pool.query(`UPDATE payments SET delivered_at = now() WHERE id = $1`, [unpaid]);
  expect(await kinds(unpaid)).toEqual(['gift-missing']);
  await shop.pool.query(`UPDATE payments SET delivered_at = NULL WHERE id = $1`, [unpaid]);
});
