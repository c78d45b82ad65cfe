/** The trial as a person meets it in the chat: offered once, asked for in the message they read, and every refusal. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTelegramFaults } from '../../simulators/telegram/driver';
import { applyCatalogue } from '../../src/storage/postgres/applyCatalogue';
import { trialGiven, trialOffer, trialRequest } from '../storage/postgres/trials';
import { waitUntil } from '../support/wait';
import { createBuyer, type Buyer } from '../support/buyer';
import { CATALOGUE, openShop, type Shop } from './botHarness';

let shop: Shop;
let next = 8_000;
const OFFER = trialOffer();

beforeAll(async () => {
  shop = await openShop();
  await applyCatalogue(shop.pool, { ...CATALOGUE, trial: OFFER });
  await shop.startBot();
});
afterAll(() => shop?.close());
afterEach(() => {
  shop.grants.asked.splice(0);
  shop.grants.shownIn.splice(0);
  shop.grants.away = false;
});

const person = (): Buyer => createBuyer(shop.telegram.url, (next += 1));
const labels = async (buyer: Buyer): Promise<string[]> => {
  const { replyMarkup } = (await buyer.lastMessage())!;
  return replyMarkup && 'inline_keyboard' in replyMarkup
    ? replyMarkup.inline_keyboard.flat().map(({ text }) => text)
    : [];
};
const reads = (buyer: Buyer, words: string) => buyer.waitFor(words);

/** The worker gives it, as far as the database shows. */
async function given(userId: number, isDelivered: boolean, isKeySent = true): Promise<void> {
  const trial = await trialGiven(shop.pool, trialRequest(userId));
  if (!isDelivered) return;
  await shop.pool.query(
    `UPDATE free_grants SET status = 'issued', delivered_at = now(), key_sent_at = CASE WHEN $2 THEN now() END
     WHERE id = $1`,
    [trial.id, isKeySent],
  );
  await shop.pool.query(`UPDATE subscriptions SET status = 'active', delivered_at = now() WHERE id = $1`, [
    trial.subscriptionId,
  ]);
}

describe('a new person', () => {
  it('reads what they may try, and takes it where there is a place: it is asked for in that message', async () => {
    const buyer = person();
    await buyer.start();
    await reads(buyer, 'Try it for free: 3 days, 5 GB');
    await buyer.tap('Try it for free');
    await reads(buyer, 'No money and no card needed');
    // Germany is full.
    expect(await labels(buyer)).toEqual(['🇳🇱 Netherlands', '🛒 Buy a subscription', '⬅️ Menu']);
    await buyer.tap('Netherlands');
    await reads(buyer, 'Making your trial key');
    const { messageId } = (await buyer.lastMessage())!;
    await waitUntil(async () => shop.grants.asked.length > 0 || undefined, { what: 'the workflow is asked' });
    expect(shop.grants.asked).toEqual([
      {
        request: {
          ...{ kind: 'trial', source: String(buyer.id), userId: buyer.id },
          ...{ locationCode: 'nl', grant: { days: 3, trafficGb: 5 }, keep: true },
        },
        messageId,
      },
    ]);
  });

  it('taps again while it is made: the same message is shown how it stands, and nothing is asked for anew', async () => {
    const buyer = person();
    await buyer.start();
    await buyer.tap('Try it for free');
    await buyer.tap('Netherlands');
    await reads(buyer, 'Making your trial key');
    await given(buyer.id, false);
    shop.grants.asked.splice(0);
    await buyer.tap('Refresh');
    await waitUntil(async () => shop.grants.shownIn.length > 0 || undefined, { what: 'the workflow is asked' });
    expect(shop.grants.asked).toEqual([]);
    expect(shop.grants.shownIn).toEqual([(await buyer.lastMessage())!.messageId]);
  });

  it('is told when it could not be asked for, and can try again', async () => {
    const buyer = person();
    await buyer.start();
    await buyer.tap('Try it for free');
    shop.grants.away = true;
    await buyer.tap('Netherlands');
    await reads(buyer, 'The trial is not ordered yet');
    shop.grants.away = false;
    await buyer.tap('Try again');
    await reads(buyer, 'Making your trial key');
    await waitUntil(async () => shop.grants.asked.length > 0 || undefined, { what: 'the workflow is asked' });
  });

  it('is asked for where Telegram does not take the answer to the tap: the worker’s own edit is the answer', async () => {
    const buyer = person();
    await buyer.start();
    await buyer.tap('Try it for free');
    const { messageId } = await reads(buyer, 'No money and no card needed');
    const refusal = { error_code: 400, description: 'Bad Request: not now' };
    await setTelegramFaults(shop.telegram.url, { failSend: { method: 'editMessageText', times: 1, ...refusal } });
    try {
      await buyer.tap('Netherlands');
      await waitUntil(async () => shop.grants.asked.length > 0 || undefined, { what: 'the workflow is asked' });
      expect(shop.grants.asked).toMatchObject([{ messageId }]);
    } finally {
      await setTelegramFaults(shop.telegram.url, { failSend: null });
    }
  });

  it('finds no place for it: it stays theirs', async () => {
    await applyCatalogue(shop.pool, { ...CATALOGUE, trial: { ...OFFER, serverCodes: ['de-1'] } });
    try {
      const buyer = person();
      await buyer.start();
      await buyer.tap('Try it for free');
      await reads(buyer, 'no free place for a trial now');
    } finally {
      await applyCatalogue(shop.pool, { ...CATALOGUE, trial: OFFER });
    }
  });

  it('takes what the screen says: when the shop gives another one by now, they see that first', async () => {
    const buyer = person();
    await buyer.start();
    await buyer.tap('Try it for free');
    await reads(buyer, 'No money and no card needed');
    await applyCatalogue(shop.pool, { ...CATALOGUE, trial: { ...OFFER, keep: false } });
    try {
      await buyer.tap('Netherlands');
      await reads(buyer, 'The trial has changed');
      expect(shop.grants.asked).toEqual([]);
      await buyer.tap('Choose again');
      await reads(buyer, 'what is left of the trial is not added');
      await buyer.tap('Netherlands');
      await reads(buyer, 'Making your trial key');
    } finally {
      await applyCatalogue(shop.pool, { ...CATALOGUE, trial: OFFER });
    }
  });

  it('presses a button from before the shop gave none any more', async () => {
    const buyer = person();
    await buyer.start();
    await buyer.tap('Try it for free');
    await reads(buyer, 'No money and no card needed');
    await applyCatalogue(shop.pool, CATALOGUE);
    try {
      await buyer.tap('Netherlands');
      await reads(buyer, 'There are no trials at the moment');
      expect(shop.grants.asked).toEqual([]);
    } finally {
      await applyCatalogue(shop.pool, { ...CATALOGUE, trial: OFFER });
    }
  });
});

describe('T1: somebody who has had a subscription', () => {
  it('is not offered one; an old button says why', async () => {
    const buyer = person();
    await buyer.start();
    await buyer.tap('Try it for free');
    await reads(buyer, 'No money and no card needed');
    await given(buyer.id, true);
    await buyer.tap('Netherlands');
    await reads(buyer, 'Your trial key is ready');
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE user_id = $1`, [buyer.id]);
    await buyer.send('/menu');
    await reads(buyer, 'What would you like to do?');
    expect((await labels(buyer)).join()).not.toContain('Try it');
    const { messageId } = await reads(buyer, 'Your trial key is ready');
    await buyer.click({ messageId, data: 'v1:take-trial:nl:3-5-keep' });
    await reads(buyer, 'Each person gets one trial');
    expect(shop.grants.asked).toEqual([]);
  });

  it('sees it among their subscriptions as a trial, and what it is made of', async () => {
    const buyer = person();
    await buyer.start();
    await reads(buyer, 'Try it for free');
    await given(buyer.id, true);
    await buyer.send('/subscriptions');
    await buyer.tap('trial, 3 days left');
    await reads(buyer, 'This is your trial');
    expect(await labels(buyer)).toEqual(expect.arrayContaining(['🛒 Buy for this key']));
    await buyer.tap('What it is made of');
    await reads(buyer, '🎁 Trial on');
    expect((await buyer.lastMessage())!.text).toContain('free of charge');
  });
});

it('another server can be asked for by whose key it is, in the message that shows what comes of it', async () => {
  const [buyer, stranger] = [person(), person()];
  for (const one of [buyer, stranger]) {
    await one.start();
    await reads(one, 'Try it for free');
  }
  await given(buyer.id, false);
  const press = async (one: Buyer) => {
    const { messageId } = (await one.lastMessage())!;
    const before = (await one.chat()).callbackAnswers.length;
    await one.click({ messageId, data: `v1:grant-server:trial.${buyer.id}` });
    const answers = await waitUntil(
      async () => {
        const { callbackAnswers } = await one.chat();
        return callbackAnswers.length > before ? callbackAnswers : undefined;
      },
      { what: 'the button is answered' },
    );
    return { messageId, text: answers!.at(-1)!.text };
  };
  const pressed = await press(buyer);
  expect(pressed.text).toContain('Noted');
  expect(shop.grants.serverAsked.splice(0)).toEqual([{ source: String(buyer.id), messageId: pressed.messageId }]);
  expect((await press(stranger)).text).toContain('out of date');
  shop.grants.isRunningFor = false;
  expect((await press(buyer)).text).toContain('out of date');
  shop.grants.isRunningFor = true;
  shop.grants.away = true;
  expect((await press(buyer)).text).toContain('does not answer');
  expect(shop.grants.serverAsked).toEqual([]);
});

it('a trial that costs something is confirmed and paid like any order', async () => {
  await applyCatalogue(shop.pool, { ...CATALOGUE, trial: { ...OFFER, priceKopecks: 100 } });
  try {
    const buyer = person();
    await buyer.start();
    await reads(buyer, 'Try it for ₽1: 3 days, 5 GB');
    await buyer.tap('Try it for ₽1');
    await reads(buyer, 'its money can be returned');
    await buyer.tap('Netherlands');
    await reads(buyer, 'To pay: ₽1');
    await buyer.tap('Pay ₽1');
    await reads(buyer, 'link is ready');
    expect(await shop.payments.ofUser(buyer.id, 5)).toMatchObject([
      { planCode: 'trial', priceKopecks: 100, days: 3, trafficGb: 5, planName: { en: 'Trial' }, promoCode: null },
    ]);
    expect(shop.grants.asked).toEqual([]);
    // Somebody who has bought meanwhile, with the confirmation before their eyes.
    const late = person();
    await late.start();
    await late.tap('Try it for ₽1');
    await late.tap('Netherlands');
    await reads(late, 'To pay: ₽1');
    await applyCatalogue(shop.pool, { ...CATALOGUE, trial: OFFER });
    await given(late.id, true);
    await applyCatalogue(shop.pool, { ...CATALOGUE, trial: { ...OFFER, priceKopecks: 100 } });
    await late.tap('Pay ₽1');
    await reads(late, 'Each person gets one trial');
  } finally {
    await applyCatalogue(shop.pool, { ...CATALOGUE, trial: OFFER });
  }
});
