/** A person's card in the owner's chat: found, blocked, a reward of theirs taken back, their data removed. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TelegramUser } from '../../simulators/telegram/driver';
import { createUsersRepository } from '../../src/storage/postgres/users';
import { encodeAction } from '../../src/messages/callbackData';
import { freshIds } from '../storage/postgres/shopDatabase';
import { waitUntil } from '../support/wait';
import { openShop, startedOwner, type Shop } from './botHarness';

let shop: Shop;
let owner: TelegramUser;
let next = 80_000;

beforeAll(async () => {
  shop = await openShop();
  await shop.startBot();
  owner = await startedOwner(shop);
});
afterAll(() => shop?.close());

/** Somebody who has written to the bot once. */
async function person(): Promise<TelegramUser> {
  const user = shop.buyer((next += 1), { languageCode: 'en' });
  const row = { telegramId: user.id, firstName: 'Ann', username: null, language: 'en' } as const;
  await createUsersRepository(shop.pool).upsert(row);
  return user;
}
const card = async ({ id }: TelegramUser) => {
  await owner.send(`/admin ${id}`);
  await waitUntil(async () => JSON.stringify((await owner.lastMessage())?.replyMarkup).includes(`👤 ${id}`), {
    what: 'a button to their card',
  });
  await owner.click(`👤 ${id}`);
  await owner.waitFor(`Id: ${id}`);
};
const stored = async ({ id }: TelegramUser) =>
  (await shop.pool.query('SELECT * FROM users WHERE telegram_id = $1', [id])).rows[0];

describe('the card of a person', () => {
  it('blocks and unblocks them, after a question; they read it at their next tap', async () => {
    const user = await person();
    await user.start();
    await user.waitFor('Hello');
    await card(user);
    await owner.click('🚫 Block for abuse');
    const { text } = await owner.waitFor('Block');
    expect(text).toContain('What they have paid for stays theirs');
    expect((await stored(user)).blocked_at).toBeNull();
    await owner.click('🚫 Block for abuse');
    await owner.waitFor('Blocked for abuse since');
    expect(await stored(user)).toMatchObject({ block_reason: 'abuse', blocked_by: 'operator:900' });
    const sinceMessageId = await user.send('/buy');
    await user.waitFor('takes no new orders from you', undefined, { sinceMessageId });
    await owner.click('✅ Unblock');
    await owner.waitFor('Not blocked.');
    await user.waitFor('Step 1 of 4', undefined, { sinceMessageId: await user.send('/buy') });
  });

  it('takes back a reward that was got by fraud, after a question', async () => {
    const [user, friend] = [await person(), await person()];
    const { id: payment } = await shop.order(friend, { serverCode: 'nl-2' });
    await shop.payments.recordPaid(payment, freshIds(), new Date());
    const reward = randomUUID();
    await shop.pool.query(
      `INSERT INTO referral_rewards (id, payment_id, friend_id, role, user_id, days, created_at, due_at)
       VALUES ($1, $2, $3, 'referrer', $4, 7, now(), now() + interval '7 days')`,
      [reward, payment, friend.id, user.id],
    );
    await card(user);
    await owner.click(`↩️ 7 days, ${friend.id}`);
    await owner.waitFor('It has not come yet, and will not come');
    await owner.click('↩️ Yes, take it back');
    await waitUntil(
      async () => {
        const { rows } = await shop.pool.query('SELECT forfeit_by FROM referral_rewards WHERE id = $1', [reward]);
        return rows[0]?.forfeit_by === 'operator:900';
      },
      { what: 'it is decided' },
    );
    // The timeline of the friend's order leads to the friend.
    await owner.send(`/admin ${payment}`);
    await owner.waitFor('is to lose the reward (fraud)');
    await owner.click('👤 The buyer');
    await waitUntil(async () => JSON.stringify((await owner.lastMessage())?.replyMarkup).includes(`👤 ${friend.id}`), {
      what: 'the card of the friend',
    });
    await owner.click(`👤 ${friend.id}`);
    await owner.waitFor(`Id: ${friend.id}`);
  });

  it('removes their data once nothing of theirs is under way, and says what is', async () => {
    const user = await person();
    const { id } = await shop.order(user, { serverCode: 'nl-2' });
    await card(user);
    await owner.click('🗑 Remove their data');
    await owner.waitFor('Do it when they ask for it');
    await owner.click('🗑 Remove their data');
    const refused = async () =>
      (await owner.chat()).callbackAnswers.at(-1)?.text?.includes('still under way: order') || undefined;
    await waitUntil(refused, { what: 'the refusal' });
    await shop.pool.query(`UPDATE payments SET status = 'expired', ended_at = now() WHERE id = $1`, [id]);
    await waitUntil(async () => (await owner.lastMessage())?.text?.includes('Not blocked.'), { what: 'their card' });
    await owner.click('🗑 Remove their data');
    await owner.waitFor('Do it when they ask for it');
    await owner.click('🗑 Remove their data');
    await owner.waitFor('Their data were removed on');
    expect(await stored(user)).toMatchObject({ first_name: '', erased_at: expect.any(Date) });
  });

  it('is the owner’s alone: a forged button of somebody else does nothing', async () => {
    const [stranger, user] = [await person(), await person()];
    await stranger.start();
    await stranger.waitFor('Hello');
    const { messageId } = (await stranger.lastMessage())!;
    for (const action of [
      { do: 'block-sure', user: user.id, reason: 'fraud' },
      { do: 'erase-sure', user: user.id },
      { do: 'person', user: user.id },
    ] as const)
      await stranger.click({ messageId, data: encodeAction(action) });
    await waitUntil(async () => (await stranger.chat()).callbackAnswers.length >= 3, { what: 'answers' });
    expect(await stored(user)).toMatchObject({ first_name: 'Ann', blocked_at: null, erased_at: null });
  });
});
