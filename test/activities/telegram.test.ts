/** Messages that the shop sends by itself: some are sent once at most, others until they have arrived. */
import { describe, expect, it } from '@jest/globals';
import { setTelegramFaults, createTelegramUser } from '../../simulators/telegram/driver';
import type { AttentionNote } from '../../src/domain/attention';
import { createTellMissed } from '../../src/activities/ownerNotice';
import { createTelegramGateway } from '../../src/gateways/telegram';
import { createNotificationsRepository } from '../../src/storage/postgres/notifications';
import { createUsersRepository } from '../../src/storage/postgres/users';
import { OWNER, TOKEN, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
const botMessages = async (user: { chat(): Promise<{ messages: readonly { from: string }[] }> }) =>
  (await user.chat()).messages.filter(({ from }) => from === 'bot').length;

async function issued() {
  const buyer = await harness.buyer();
  const payment = await harness.paid(buyer);
  await harness.run('deliverSubscription', { paymentId: payment.id });
  return { buyer, payment };
}

describe('the live screen', () => {
  it('is sent once and edited afterwards; a repeat changes nothing', async () => {
    const buyer = await harness.buyer();
    const { id } = await harness.open(buyer);
    await harness.run('createPayment', { paymentId: id });
    await harness.run('refreshPaymentScreen', { paymentId: id });
    await harness.run('refreshPaymentScreen', { paymentId: id });
    expect(await botMessages(buyer)).toBe(1);
    const before = (await buyer.lastMessage())!.messageId;
    await harness.payAtYooKassa(id);
    await harness.run('recordPaid', { paymentId: id });
    await harness.run('refreshPaymentScreen', { paymentId: id });
    expect(await botMessages(buyer)).toBe(1);
    expect((await buyer.lastMessage())!.messageId).toBe(before);
  });

  it('comes anew when the buyer has deleted it', async () => {
    const buyer = await harness.buyer();
    const { id } = await harness.open(buyer);
    await harness.run('refreshPaymentScreen', { paymentId: id });
    await setTelegramFaults(harness.telegramUrl, {
      failSend: {
        method: 'editMessageText',
        error_code: 400,
        description: 'Bad Request: message to edit not found',
        times: 1,
      },
    });
    await harness.run('refreshPaymentScreen', { paymentId: id });
    expect(await botMessages(buyer)).toBe(2);
    expect((await harness.reload(id)).screenMessageId).toBe((await buyer.lastMessage())!.messageId);
  });
});

describe('the key', () => {
  it('arrives with its QR code, and not again once Telegram has confirmed it', async () => {
    const { buyer, payment } = await issued();
    await harness.run('sendKey', { paymentId: payment.id });
    await harness.run('sendKey', { paymentId: payment.id });
    const photos = (await buyer.chat()).messages.filter((message) => message.photoUrl !== undefined);
    expect(photos).toHaveLength(1);
    const { rows } = await harness.pool.query(
      'SELECT u.panel_user_id FROM subscriptions u JOIN payments p ON p.subscription_id = u.id WHERE p.id = $1',
      [payment.id],
    );
    expect(photos[0]!.captionHtml).toContain(rows[0].panel_user_id);
  });

  it('is sent again when it is unknown whether it arrived: better twice than never', async () => {
    const { buyer, payment } = await issued();
    await setTelegramFaults(harness.telegramUrl, { resetAfterCommit: { method: 'sendPhoto', times: 1 } });
    await expect(harness.run('sendKey', { paymentId: payment.id })).rejects.toMatchObject({
      type: 'telegram:unknown-outcome',
      nonRetryable: false,
    });
    await harness.run('sendKey', { paymentId: payment.id });
    expect((await buyer.chat()).messages.filter((message) => message.photoUrl !== undefined)).toHaveLength(2);
  });

  it.each(['PHOTO_INVALID_DIMENSIONS', 'IMAGE_PROCESS_FAILED', 'a new reason'])(
    'comes as text when Telegram refuses its picture (%s)',
    async (reason) => {
      const { buyer, payment } = await issued();
      await setTelegramFaults(harness.telegramUrl, {
        failSend: { method: 'sendPhoto', error_code: 400, description: `Bad Request: ${reason}` },
      });
      expect(await harness.run('sendKey', { paymentId: payment.id })).toEqual({ outcome: 'sent' });
      expect((await buyer.lastMessage())!.text).toContain('Your key');
      expect((await harness.reload(payment.id)).keySentAt).toEqual(expect.any(Date));
    },
  );

  it('is kept as owed when Telegram takes it in no form, and the screen names where else it is', async () => {
    const { buyer, payment } = await issued();
    await setTelegramFaults(harness.telegramUrl, {
      failSend: { method: '*', error_code: 400, description: 'Bad Request: no' },
    });
    expect(await harness.run('sendKey', { paymentId: payment.id })).toEqual({ outcome: 'owed', why: 'refused' });
    await setTelegramFaults(harness.telegramUrl, { failSend: null });
    await harness.run('refreshPaymentScreen', { paymentId: payment.id });
    const { text } = (await buyer.lastMessage())!;
    expect(text).toContain('Your key is in “My subscriptions”');
    expect(text).not.toContain('I have sent the key');
    await harness.run('sendKey', { paymentId: payment.id });
    await harness.run('refreshPaymentScreen', { paymentId: payment.id });
    expect((await buyer.chat()).messages.some((message) => message.text?.includes('I have sent the key'))).toBe(true);
  });

  it('waits for an operator, not for nothing, while Telegram does not know the token', async () => {
    const { payment } = await issued();
    await setTelegramFaults(harness.telegramUrl, {
      failSend: { method: '*', error_code: 401, description: 'Unauthorized' },
    });
    await expect(harness.run('sendKey', { paymentId: payment.id })).rejects.toMatchObject({ nonRetryable: false });
  });

  it('for a buyer who has blocked the bot is no error: it is owed, and they are known to be out of reach', async () => {
    const { buyer, payment } = await issued();
    await buyer.block();
    expect(await harness.run('sendKey', { paymentId: payment.id })).toEqual({ outcome: 'owed', why: 'unreachable' });
    const { rows } = await harness.pool.query(
      `SELECT n.status, u.unreachable_at FROM notifications n JOIN users u ON u.telegram_id = n.user_id WHERE n.kind = 'key' AND n.subject = $1`,
      [payment.id],
    );
    expect(rows).toEqual([{ status: 'unreachable', unreachable_at: expect.any(Date) }]);
  });

  it('calls off the close watch of its own payment, in the same worker, and nobody else’s', async () => {
    const { payment } = await issued();
    const other = await harness.open(await harness.buyer());
    const watch = (id: string, ms: number) =>
      harness.watch({ paymentId: id, intervalMs: 600_000, untilMs: Date.now() + ms });
    // Neither asks before its end: the first would not have ended within this test's time.
    const [own, others] = [await watch(payment.id, 600_000), await watch(other.id, 2_000)];
    await harness.run('sendKey', { paymentId: payment.id });
    expect(await own.ended).toEqual({ status: 'succeeded' });
    expect(await others.ended).toEqual({ status: 'pending' });
    // What has ended is forgotten: a later watch begins as if there had been none.
    expect(await (await watch(other.id, 0)).ended).toEqual({ status: 'pending' });
  });

  it('waits as long as Telegram says after too many messages', async () => {
    const { payment } = await issued();
    await setTelegramFaults(harness.telegramUrl, { tooManyRequests: { retryAfter: 7 } });
    await expect(harness.run('sendKey', { paymentId: payment.id })).rejects.toMatchObject({
      type: 'telegram:rate-limited',
      nextRetryDelay: 7_000,
    });
  });
});

describe('the owner', () => {
  const owner = () => createTelegramUser(harness.telegramUrl, OWNER);
  const refused = { about: 'refund-refused', reason: 'insufficient_funds' } as const;

  it('is told once of each thing that needs them, and again when the same happens again for the same reason', async () => {
    const { payment } = await issued();
    const before = await botMessages(owner());
    await harness.runAs('7', 'alertOwner', { paymentId: payment.id, note: refused });
    // Another attempt of the same activity.
    await harness.runAs('7', 'alertOwner', { paymentId: payment.id, note: refused });
    expect(await botMessages(owner())).toBe(before + 1);
    // An operator chose "retry", and YooKassa has refused once more.
    await harness.runAs('12', 'alertOwner', { paymentId: payment.id, note: refused });
    expect(await botMessages(owner())).toBe(before + 2);
  });

  it('reads in their language what has happened and what they can do', async () => {
    const { payment } = await issued();
    const users = createUsersRepository(harness.pool);
    const read = async (language: 'ru' | 'en', note: AttentionNote) => {
      await users.upsert({ telegramId: OWNER, firstName: 'Owner', username: null, language });
      await users.setLanguage(OWNER, language);
      await harness.runAs(`${language} ${note.about}`, 'alertOwner', { paymentId: payment.id, note });
      return (await owner().lastMessage())!;
    };
    const mismatch = {
      about: 'mismatch',
      reason: 'wrong-amount',
      paidKopecks: 10_000,
      refundAt: '2026-12-05T09:00:00.000Z',
    } as const;
    const inRussian = await read('ru', mismatch);
    expect(inRussian.text).toMatch(/За этот заказ на 299\s₽ пришло 100\s₽\. Ключа не будет, пока вы не решите/);
    expect(inRussian.text).toContain('деньги вернутся сами: 5 декабря 2026 г., 12:00 по Москве');
    expect(JSON.stringify(inRussian.replyMarkup)).toContain('История платежа');
    expect((await read('ru', refused)).text).toContain('на балансе магазина не хватает денег. Пополните его');
    expect((await read('en', mismatch)).text).toContain('₽100 came for this order of ₽299');
  });

  it('who can’t be written to does not count as told: when they are back they hear what they missed, once', async () => {
    const { payment } = await issued();
    const tellMissed = createTellMissed({
      telegram: createTelegramGateway({ token: TOKEN, apiRoot: harness.telegramUrl, timeoutMs: 15_000 }),
      notifications: createNotificationsRepository(harness.pool),
      users: createUsersRepository(harness.pool),
      adminIds: [OWNER],
    });
    await owner().block();
    await harness.runAs('20', 'alertOwner', { paymentId: payment.id, note: refused });
    await harness.runAs('21', 'alertOwner', { paymentId: payment.id, note: { about: 'key-refused' } });
    expect(await tellMissed()).toBe(0);

    await owner().unblock();
    // As the bot does at their first message.
    await createUsersRepository(harness.pool).setReachable(OWNER, true);
    const before = await botMessages(owner());
    expect(await tellMissed()).toBe(1);
    expect(await tellMissed()).toBe(0);
    expect(await botMessages(owner())).toBe(before + 1);
    const told = (await owner().lastMessage())!;
    expect(told.html).toContain('did not reach you: 2');
    expect(JSON.stringify(told.replyMarkup)).toContain(payment.id);
  });
});

describe('that the owner knows', () => {
  const delayed = async () => {
    const buyer = await harness.buyer();
    const payment = await harness.paid(buyer);
    await harness.run('recordStatus', { paymentId: payment.id, status: 'delayed', reason: 'panel-unavailable' });
    await harness.run('refreshPaymentScreen', { paymentId: payment.id });
    return { buyer, paymentId: payment.id };
  };
  const note = { about: 'refund-refused', reason: 'insufficient_funds' } as const;

  it('is said to the buyer once an owner has the message', async () => {
    const { buyer, paymentId } = await delayed();
    expect((await buyer.lastMessage())!.text).not.toContain('owner has been told');
    expect(await harness.run('alertOwner', { paymentId, note })).toEqual({ told: true });
    await harness.run('refreshPaymentScreen', { paymentId });
    expect((await buyer.lastMessage())!.text).toContain('owner has been told');
  });

  it('is not said while nobody could be told, and they are told when they are back', async () => {
    const { buyer, paymentId } = await delayed();
    const owner = createTelegramUser(harness.telegramUrl, OWNER);
    await owner.block();
    expect(await harness.run('alertOwner', { paymentId, note })).toEqual({ told: false });
    await owner.unblock();
    await harness.run('refreshPaymentScreen', { paymentId });
    expect((await buyer.lastMessage())!.text).not.toContain('owner has been told');
    expect(await harness.run('alertOwner', { paymentId, note })).toEqual({ told: true });
    expect((await owner.lastMessage())!.text).toContain(paymentId);
  });
});
