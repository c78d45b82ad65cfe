/** A gift's activities as the worker builds them: its link and card, what its giver and its receiver are told. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { TelegramUser } from '../../simulators/telegram/driver';
import type { GiftWorkflows } from '../../src/clients/giftWorkflows';
import { createTellGiver } from '../../src/activities/giftNotice';
import type { GiftState } from '../../src/domain/voucher/gift';
import { GatewayError } from '../../src/gateways/errors';
import { tellGivers } from '../../src/jobs/reconciliation/gifts';
import { createGrantActivities, createPaymentActivities } from '../../src/worker/activities';
import type { WorkerDependencies } from '../../src/worker/dependencies';
import { inActivity } from '../jobs/fakes';
import { PRICE, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();

/** What the gifts' workflows were called for, in place of Temporal. */
const called: string[] = [];
const giftWorkflows: GiftWorkflows = {
  ensureRunning: async ({ id }) => void called.push(`ensureRunning ${id}`),
  isRunning: async () => false,
  changed: async (id) => void called.push(`changed ${id}`),
};

type Activities = ReturnType<typeof createPaymentActivities> & ReturnType<typeof createGrantActivities>;

/** Runs one attempt of an activity. */
function run<T>(work: (activities: Activities) => Promise<T>, change: Partial<WorkerDependencies> = {}): Promise<T> {
  const dependencies = { ...harness.dependencies, giftWorkflows: () => giftWorkflows, ...change };
  const { fulfilmentLimits } = harness;
  const activities = {
    ...createPaymentActivities(dependencies, { fulfilmentLimits }),
    ...createGrantActivities(dependencies),
  };
  return inActivity(() => work(activities));
}

const GIFT = { locationCode: null, serverCode: null } as const;
/** Paid at YooKassa; nothing is recorded yet. */
async function paidFor(giver: TelegramUser): Promise<string> {
  const { id: paymentId } = await harness.open(giver, GIFT);
  await run(({ createPayment }) => createPayment({ paymentId }));
  await harness.payAtYooKassa(paymentId);
  return paymentId;
}
async function gift(giver: TelegramUser): Promise<string> {
  const paymentId = await paidFor(giver);
  expect(await run(({ recordPaid }) => recordPaid({ paymentId }))).toEqual({ decision: 'gift' });
  return paymentId;
}
const stored = async (id: string) => (await harness.dependencies.gifts.byId(id))!;
const stateOf = async (giftId: string): Promise<GiftState> =>
  (await run(({ giftState }) => giftState({ giftId }))).state;
/** Its 90 days are over. */
async function ended(giftId: string) {
  await harness.pool.query(`UPDATE vouchers SET created_at = created_at - interval '2160 hours' WHERE id = $1`, [
    giftId,
  ]);
  return run(({ returnGift }) => returnGift({ giftId }));
}
async function claimed(source: string, { id: userId }: TelegramUser): Promise<string> {
  const request = { kind: 'gift', source, userId, place: { locationCode: 'nl' }, terms: null, askedAt: 0 } as const;
  const answer = await run(({ giveGrant }) => giveGrant(request));
  if (answer.outcome !== 'given') throw new Error(answer.why);
  return answer.grantId;
}
async function refunded(paymentId: string, askedBy = 'operator:1', kopecks: number | null = null): Promise<number> {
  const request = { requestId: randomUUID(), kopecks, reason: 'operator-refund', askedBy };
  const planned = await run(({ planRefund }) => planRefund({ paymentId, request, paidKopecks: PRICE }));
  if (planned.outcome !== 'planned') throw new Error(planned.reason);
  return planned.attempt;
}
const tellOfReminder = (giftId: string) =>
  run(({ tellGiver }) => tellGiver({ giftId, notice: { about: 'reminder', day: 3 } }));
const messagesOf = async (person: TelegramUser, words: string) =>
  (await person.chat()).messages.filter(({ caption, text }) => (caption ?? text ?? '').includes(words));
/** The receipt and the page of YooKassa name what was bought. */
const descriptionOf = async (paymentId: string): Promise<unknown> => {
  const { rows } = await harness.pool.query<{ body: { description: string } }>(
    `SELECT body FROM provider_requests WHERE payment_id = $1 AND operation = 'create-payment'`,
    [paymentId],
  );
  return rows[0]!.body.description;
};

describe('a gift that is paid', () => {
  it('on the fast path: one voucher, its link with a card and a button to send it on, and the last screen', async () => {
    const giver = await harness.buyer();
    const paymentId = await paidFor(giver);
    expect(await run(({ fulfillPayment }) => fulfillPayment({ paymentId }))).toEqual({
      verdict: { status: 'succeeded' },
      fulfilment: { paid: { decision: 'gift' }, key: { outcome: 'sent' }, screenShown: true },
    });
    expect(await descriptionOf(paymentId)).toBe('VPN: A month, a gift');
    const { code } = await stored(paymentId);
    const [card, ...more] = await messagesOf(giver, 'Your gift is ready');
    expect(more).toEqual([]);
    expect(card).toMatchObject({ caption: expect.stringContaining(`?start=gift_${code}`) });
    expect(JSON.stringify(card)).toContain('https://t.me/share/url?url=');
    await giver.waitFor('Done, your gift is ready!');
    for (const panel of [0, 1]) expect((await harness.accounts(panel)).size).toBeLessThan(1);
    // Whatever is repeated finds what was done.
    await run(({ openGift }) => openGift({ paymentId }));
    expect(await run(({ sendKey }) => sendKey({ paymentId }))).toEqual({ outcome: 'sent' });
    expect(await messagesOf(giver, 'Your gift is ready')).toHaveLength(1);
    expect(called).toContain(`ensureRunning ${paymentId}`);
  });

  it('killed after the money and before the link: the durable steps find one voucher and send one link', async () => {
    const giver = await harness.buyer();
    const paymentId = await paidFor(giver);
    const sendKey = () => Promise.reject(new Error('killed'));
    const first = await run(({ fulfillPayment }) => fulfillPayment({ paymentId }), { sendKey });
    expect(first.fulfilment).toEqual({ paid: { decision: 'gift' }, stoppedBy: 'Error' });
    const { code } = await stored(paymentId);
    for (let n = 0; n < 3; n += 1)
      expect(await run(({ recordPaid }) => recordPaid({ paymentId }))).toEqual({ decision: 'gift' });
    await run(({ sendKey }) => sendKey({ paymentId }));
    expect((await stored(paymentId)).code).toBe(code);
    expect(await messagesOf(giver, 'Your gift is ready')).toHaveLength(1);
  });

  it('by two workers at once: one voucher', async () => {
    const paymentId = await paidFor(await harness.buyer());
    const both = await Promise.all([1, 2].map(() => run(({ recordPaid }) => recordPaid({ paymentId }))));
    expect(both).toEqual([{ decision: 'gift' }, { decision: 'gift' }]);
    const { rows } = await harness.pool.query('SELECT 1 FROM vouchers WHERE payment_id = $1', [paymentId]);
    expect(rows).toHaveLength(1);
  });

  it('whose giver has blocked the bot: the link is owed; a claimed or refunded one is not sent any more', async () => {
    const giver = await harness.buyer();
    const [one, two] = [await gift(giver), await gift(giver)];
    await giver.block();
    expect(await run(({ sendKey }) => sendKey({ paymentId: one }))).toEqual({ outcome: 'owed', why: 'unreachable' });
    await claimed(one, await harness.buyer());
    await refunded(two);
    for (const paymentId of [one, two]) {
      expect(await run(({ sendKey }) => sendKey({ paymentId }))).toEqual({ outcome: 'not-needed' });
      expect((await harness.reload(paymentId)).keySentAt).toBeNull();
    }
  });
});

describe('the giver', () => {
  it('is reminded once for each day, with the link; not of what somebody has claimed', async () => {
    const giver = await harness.buyer();
    const giftId = await gift(giver);
    const remind = (day: 3 | 14) => run(({ tellGiver }) => tellGiver({ giftId, notice: { about: 'reminder', day } }));
    for (const day of [3, 3, 14] as const) await remind(day);
    const reminders = await messagesOf(giver, 'Nobody has claimed your gift yet');
    expect(reminders).toHaveLength(2);
    expect(JSON.stringify(reminders[0])).toContain((await stored(giftId)).code);

    const other = await gift(giver);
    await claimed(other, await harness.buyer());
    await run(({ tellGiver }) => tellGiver({ giftId: other, notice: { about: 'reminder', day: 3 } }));
    expect(await messagesOf(giver, 'Nobody has claimed your gift yet')).toHaveLength(2);
  });

  it('is told of the claim once, its workflow is woken by it, and nobody is told of their own claim', async () => {
    const [giver, receiver] = [await harness.buyer(), await harness.buyer()];
    const giftId = await gift(giver);
    await claimed(giftId, receiver);
    await claimed(giftId, receiver);
    expect(called.filter((call) => call === `changed ${giftId}`)).toHaveLength(2);
    expect(await stateOf(giftId)).toBe('claimed');
    for (let n = 0; n < 2; n += 1) await run(({ tellGiver }) => tellGiver({ giftId, notice: { about: 'claimed' } }));
    expect(await messagesOf(giver, 'Your gift has been claimed')).toHaveLength(1);

    const own = await gift(giver);
    await claimed(own, giver);
    await run(({ tellGiver }) => tellGiver({ giftId: own, notice: { about: 'claimed' } }));
    expect(await messagesOf(giver, 'Your gift has been claimed')).toHaveLength(1);
  });

  it('has it back after 90 days, and reads that it is their own', async () => {
    const giver = await harness.buyer();
    const giftId = await gift(giver);
    for (let n = 0; n < 2; n += 1) expect(await ended(giftId)).toEqual({ state: 'returned' });
    await run(({ tellGiver }) => tellGiver({ giftId, notice: { about: 'returned' } }));
    await giver.waitFor('Your gift is your own now');
  });

  it('who had blocked the bot until it was their own reads so when they are back', async () => {
    const giver = await harness.buyer();
    const giftId = await gift(giver);
    await giver.block();
    expect(await run(({ sendKey }) => sendKey({ paymentId: giftId }))).toMatchObject({ outcome: 'owed' });
    await ended(giftId);
    await giver.unblock();
    expect(await run(({ sendKey }) => sendKey({ paymentId: giftId }))).toEqual({ outcome: 'sent' });
    expect(await messagesOf(giver, 'Your gift is your own now')).toHaveLength(1);
    expect(await messagesOf(giver, 'Your gift is ready')).toEqual([]);
  });

  it('who was written to late reads nothing of a return that a claim of their own or a refund has followed', async () => {
    const giver = await harness.buyer();
    const [own, back] = [await gift(giver), await gift(giver)];
    for (const giftId of [own, back]) await ended(giftId);
    await claimed(own, giver);
    await refunded(back);
    for (const giftId of [own, back])
      await run(({ tellGiver }) => tellGiver({ giftId, notice: { about: 'returned' } }));
    expect(await messagesOf(giver, 'Your gift is your own now')).toEqual([]);
  });

  it('G6: who has blocked the bot changes nothing: it is recorded that they can’t be written to', async () => {
    const giver = await harness.buyer();
    const giftId = await gift(giver);
    await giver.block();
    await run(({ tellGiver }) => tellGiver({ giftId, notice: { about: 'reminder', day: 3 } }));
    expect(await stateOf(giftId)).toBe('waiting');
    const { rows } = await harness.pool.query('SELECT unreachable_at FROM users WHERE telegram_id = $1', [giver.id]);
    expect(rows).toEqual([{ unreachable_at: expect.any(Date) }]);
  });
});

describe('a giver who could not be told what became of the gift', () => {
  const tellOwed = (change: Partial<WorkerDependencies> = {}) =>
    inActivity(() => tellGivers({ ...harness.dependencies, giftWorkflows: () => giftWorkflows, ...change }));
  const setReachable = ({ id }: TelegramUser) => harness.dependencies.users.setReachable(id, true);

  it('because they had blocked the bot reads of the claim and of the return when they are back, each once', async () => {
    // Those of other tests.
    await tellOwed();
    const giver = await harness.buyer();
    const [one, two] = [await gift(giver), await gift(giver)];
    for (const paymentId of [one, two]) await run(({ sendKey }) => sendKey({ paymentId }));
    await giver.block();
    await claimed(one, await harness.buyer());
    await ended(two);
    const tell = async () => {
      await run(({ tellGiver }) => tellGiver({ giftId: one, notice: { about: 'claimed' } }));
      await run(({ tellGiver }) => tellGiver({ giftId: two, notice: { about: 'returned' } }));
    };
    await tell();
    expect(await tellOwed()).toEqual({ told: 0 });
    await giver.unblock();
    await setReachable(giver);
    expect(await tellOwed()).toEqual({ told: 2 });
    expect(await tellOwed()).toEqual({ told: 0 });
    await tell();
    expect(await messagesOf(giver, 'Your gift has been claimed')).toHaveLength(1);
    expect(await messagesOf(giver, 'Your gift is your own now')).toHaveLength(1);
  });

  it('because Telegram was away for too long is told by reconciliation; of what it refuses they are not asked again', async () => {
    const giver = await harness.buyer();
    const [one, two] = [await gift(giver), await gift(giver)];
    await claimed(one, await harness.buyer());
    expect(await tellOwed()).toEqual({ told: 1 });
    await claimed(two, await harness.buyer());
    const refused = new GatewayError('no such form', {
      service: 'telegram',
      kind: 'refused',
      operation: 'sendMessage',
      status: 400,
    });
    const telegram = { sendMessage: () => Promise.reject(refused) };
    const tellGiver = createTellGiver({ ...harness.dependencies, telegram });
    expect(await tellOwed({ tellGiver })).toEqual({ told: 0 });
    expect(await tellOwed()).toEqual({ told: 0 });
    expect(await messagesOf(giver, 'Your gift has been claimed')).toHaveLength(1);
  });

  it('who was not sent the link before it was their own reads so once, with the link', async () => {
    const giver = await harness.buyer();
    const paymentId = await gift(giver);
    await giver.block();
    await run(({ sendKey }) => sendKey({ paymentId }));
    await ended(paymentId);
    await giver.unblock();
    await setReachable(giver);
    expect(await tellOwed()).toEqual({ told: 0 });
    expect(await run(({ sendKey }) => sendKey({ paymentId }))).toEqual({ outcome: 'sent' });
    expect(await tellOwed()).toEqual({ told: 0 });
    expect(await messagesOf(giver, 'Your gift is your own now')).toHaveLength(1);
  });
});

describe('a refund', () => {
  it('by the giver follows the shop’s rule, and not once somebody has claimed it', async () => {
    const giver = await harness.buyer();
    const giftId = await gift(giver);
    const judge = () => run(({ judgeBuyerRefund }) => judgeBuyerRefund({ paymentId: giftId, requestId: randomUUID() }));
    expect(await judge()).toEqual({ verdict: 'allowed' });
    await claimed(giftId, await harness.buyer());
    expect(await judge()).toEqual({ verdict: 'gift-claimed' });
    await expect(refunded(giftId, 'buyer')).rejects.toThrow('gift-claimed');
  });

  it('of a gift that nobody has claimed: its link is void, its workflow ends, its giver is told', async () => {
    const giver = await harness.buyer();
    const giftId = await gift(giver);
    const attempt = await refunded(giftId);
    expect(await stateOf(giftId)).toBe('refunded');
    expect(called).toContain(`changed ${giftId}`);
    await run(({ tellBuyerOfRefund }) => tellBuyerOfRefund({ paymentId: giftId, attempt, stage: 'decided' }));
    const [told] = await messagesOf(giver, 'Giving ₽299 back');
    expect(told?.text).toContain('The gift’s link can’t be used any more.');
  });

  it('after the claim: the panel is told, and giver and receiver are, each once', async () => {
    const [giver, receiver] = [await harness.buyer(), await harness.buyer()];
    const giftId = await gift(giver);
    const grantId = await claimed(giftId, receiver);
    await run(({ deliverGrant }) => deliverGrant({ grantId }));
    const attempt = await refunded(giftId);
    await run(({ revokeAccess }) => revokeAccess({ paymentId: giftId }));
    for (const stage of ['decided', 'decided', 'done'] as const)
      await run(({ tellBuyerOfRefund }) => tellBuyerOfRefund({ paymentId: giftId, attempt, stage }));
    expect((await messagesOf(giver, 'taken from whoever has claimed it')).length).toBe(2);
    const [read, ...more] = await messagesOf(receiver, 'A gift was taken back');
    expect(more).toEqual([]);
    expect(read!.text).toContain('20% off one purchase or renewal of your own');
    const offers = await harness.pool.query(
      'SELECT kind, amount, audience, uses_per_person FROM promo_codes WHERE user_id = $1',
      [receiver.id],
    );
    expect(offers.rows).toEqual([{ kind: 'percent', amount: 20, audience: 'person', uses_per_person: 1 }]);
    const { rows } = await harness.pool.query<{ panel_user_id: string }>(
      'SELECT panel_user_id FROM subscriptions WHERE user_id = $1',
      [receiver.id],
    );
    for (const panel of [0, 1]) expect((await harness.accounts(panel)).has(rows[0]!.panel_user_id)).toBe(false);
  });

  it('after the claim, canceled and tried again: the receiver is told once, also when the giver can’t be', async () => {
    const [giver, receiver] = [await harness.buyer(), await harness.buyer()];
    const giftId = await gift(giver);
    await claimed(giftId, receiver);
    const attempt = await refunded(giftId);
    const { refunds } = harness.dependencies.payments;
    await refunds.recordAnswer(giftId, attempt, { providerRef: null, status: 'canceled' });
    const again = await refunds.replace(giftId, attempt, { askedBy: 'operator:1' });
    await giver.block();
    for (const one of [attempt, again])
      await run(({ tellBuyerOfRefund }) => tellBuyerOfRefund({ paymentId: giftId, attempt: one, stage: 'done' }));
    expect(await messagesOf(receiver, 'A gift was taken back')).toHaveLength(1);
  });

  it('after the claim: a message to the giver that Telegram refuses does not keep the receiver from theirs', async () => {
    const [giver, receiver] = [await harness.buyer(), await harness.buyer()];
    const giftId = await gift(giver);
    await claimed(giftId, receiver);
    const attempt = await refunded(giftId);
    const { urgentTelegram: telegram } = harness.dependencies;
    const sendMessage: typeof telegram.sendMessage = async (message) => {
      if (message.chatId === giver.id) throw new Error('refused');
      return telegram.sendMessage(message);
    };
    const tell = run(({ tellBuyerOfRefund }) => tellBuyerOfRefund({ paymentId: giftId, attempt, stage: 'decided' }), {
      urgentTelegram: { ...telegram, sendMessage },
    });
    await expect(tell).rejects.toThrow('refused');
    expect(await messagesOf(receiver, 'A gift was taken back')).toHaveLength(1);
  });

  it('of a part before the claim: who claims the rest is told nothing of it', async () => {
    const [giver, receiver] = [await harness.buyer(), await harness.buyer()];
    const giftId = await gift(giver);
    const attempt = await refunded(giftId, 'operator:1', PRICE / 2);
    const tell = (stage: 'decided' | 'done') =>
      run(({ tellBuyerOfRefund }) => tellBuyerOfRefund({ paymentId: giftId, attempt, stage }));
    await tell('decided');
    await tellOfReminder(giftId);
    expect(await messagesOf(giver, '₽149.50 of what you paid for it goes back to you or is back')).toHaveLength(1);
    await claimed(giftId, receiver);
    await tell('done');
    expect(await messagesOf(receiver, 'A gift')).toEqual([]);
  });

  it('of a part after the claim: both read that it gives less, not that it was taken back', async () => {
    const [giver, receiver] = [await harness.buyer(), await harness.buyer()];
    const giftId = await gift(giver);
    await claimed(giftId, receiver);
    const attempt = await refunded(giftId, 'operator:1', PRICE / 2);
    await run(({ tellBuyerOfRefund }) => tellBuyerOfRefund({ paymentId: giftId, attempt, stage: 'decided' }));
    expect(await messagesOf(giver, 'The gift stays, and gives so much less')).toHaveLength(1);
    expect(await messagesOf(receiver, 'A gift gives less now')).toHaveLength(1);
    expect(await messagesOf(receiver, 'A gift was taken back')).toEqual([]);
  });

  it('while it is delivered: the key is not there in the end, whichever came first', async () => {
    const [giver, receiver] = [await harness.buyer(), await harness.buyer()];
    const giftId = await gift(giver);
    const grantId = await claimed(giftId, receiver);
    await refunded(giftId);
    expect(await run(({ deliverGrant }) => deliverGrant({ grantId }))).toEqual({ outcome: 'too-late' });
    const { rows } = await harness.pool.query<{ panel_user_id: string }>(
      'SELECT panel_user_id FROM subscriptions WHERE user_id = $1',
      [receiver.id],
    );
    for (const panel of [0, 1]) expect((await harness.accounts(panel)).has(rows[0]!.panel_user_id)).toBe(false);
  });

  it('made in YooKassa’s cabinet counts like the shop’s own', async () => {
    const [giver, receiver] = [await harness.buyer(), await harness.buyer()];
    const giftId = await gift(giver);
    await claimed(giftId, receiver);
    const { providerRef } = await harness.reload(giftId);
    const answer = await fetch(`${harness.yookassaUrl}/_sim/refunds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ paymentId: providerRef }),
    });
    expect(answer.ok).toBe(true);
    const compared = await run(({ compareRefunds }) => compareRefunds({ paymentId: giftId }));
    expect(compared).toMatchObject({ status: 'refunded', recorded: [1] });
    await run(({ tellBuyerOfRefund }) => tellBuyerOfRefund({ paymentId: giftId, attempt: 1, stage: 'done' }));
    await receiver.waitFor('A gift was taken back');
  });
});
