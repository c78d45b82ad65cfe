/** A server whose panel makes no keys: the buttons with which the owner decides for all waiting orders. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TelegramUser } from '../../simulators/telegram/driver';
import { createOutagesRepository } from '../../src/storage/postgres/outages';
import { freshIds } from '../storage/postgres/shopDatabase';
import { offerTrial, trialGiven, trialRequest } from '../storage/postgres/trials';
import { waitUntil } from '../support/wait';
import { ADMIN_ID, openShop, startedOwner, type Shop } from './botHarness';

let shop: Shop;
let owner: TelegramUser;
let nextId = 4_000;
beforeAll(async () => {
  shop = await openShop();
  await shop.startBot();
  owner = await startedOwner(shop);
});
afterAll(() => shop?.close());
beforeEach(async () => {
  shop.workflows.calls.length = 0;
  shop.workflows.running = true;
  await shop.pool.query(
    `TRUNCATE outages; UPDATE payments SET status = 'issued'; UPDATE servers SET sale_stopped_at = NULL`,
  );
  await createOutagesRepository(shop.pool).failed(
    { service: 'hiddify', serverCode: 'nl-1' },
    { kind: 'away', reason: 'hiddify ping: ECONNREFUSED', code: 'ECONNREFUSED' },
    new Date(),
  );
});

async function newBuyer(): Promise<TelegramUser> {
  const buyer = shop.buyer((nextId += 1), { languageCode: 'en' });
  await buyer.start();
  await buyer.waitFor('Hello');
  return buyer;
}

/** Somebody who has paid and whose key the panel of nl-1 has not made. */
async function waiting(): Promise<string> {
  const buyer = await newBuyer();
  const { id } = await shop.order(buyer, { serverCode: 'nl-1', saysTrouble: true });
  await shop.payments.recordPaid(id, freshIds(), new Date());
  await shop.payments.transitionTo(id, 'delayed', 'panel-unavailable', { refundDueAt: new Date() });
  return id;
}

/** Presses a button under the newest message. @returns what the bot answers */
async function press(person: TelegramUser, button: string | { data: string }): Promise<string | undefined> {
  const { messageId } = (await person.lastMessage())!;
  const before = (await person.chat()).callbackAnswers.length;
  await person.click(typeof button === 'string' ? button : { messageId, ...button });
  const answer = await waitUntil(async () => (await person.chat()).callbackAnswers[before], {
    what: 'the press is answered',
  });
  return answer?.text;
}

/** @returns the message after which the screen came: older ones of the same words don't count */
async function openAdmin(): Promise<number> {
  const sinceMessageId = await owner.send('/admin');
  await owner.waitFor('Open orders', undefined, { sinceMessageId });
  return sinceMessageId;
}

/** Opens the server from `/admin`. */
async function openServer(): Promise<void> {
  const sinceMessageId = await openAdmin();
  await press(owner, '🔌 Amsterdam 1');
  await owner.waitFor('does not answer', undefined, { sinceMessageId });
}
const buttonsOf = async (person: TelegramUser) => JSON.stringify((await person.lastMessage())!.replyMarkup);
const decided = () => shop.workflows.calls.filter((call) => call.startsWith('operatorDecides')).toSorted();
const isSold = async () =>
  (await shop.pool.query(`SELECT sale_stopped_at IS NULL AS sold FROM servers WHERE code = 'nl-1'`)).rows[0].sold;

describe('the owner', () => {
  it('has everybody tried at once; a second press does no harm, and says so where nobody waits any more', async () => {
    const ids = [await waiting(), await waiting()].toSorted();
    await openServer();
    expect(await press(owner, '🔁 Try all now')).toBe('Passed on. Orders tried now: 2.');
    expect(decided()).toEqual(ids.map((id) => `operatorDecides ${id} retry operator:${ADMIN_ID}`));
    await shop.pool.query(`UPDATE payments SET status = 'issued'`);
    // Of the message as it was before.
    expect(await press(owner, { data: 'v1:outage:nl-1:retry' })).toBe('Nobody waits for this server any more.');
    await owner.waitFor('No paid order waits for it');
    expect(await buttonsOf(owner)).not.toMatch(/Try all|money back/);
  });

  it('gives the money back to those who were asked about, and to nobody who paid or got the key since', async () => {
    const [first, second] = [await waiting(), await waiting()];
    // Of one of them a part is back already, from YooKassa's cabinet.
    await shop.pool.query('UPDATE payments SET refunded_kopecks = 10000 WHERE id = $1', [second]);
    await openServer();
    await press(owner, '↩️ Give all their money back');
    const question = await owner.waitFor('Orders: 2, in all ₽498');
    expect(decided()).toEqual([]);
    const sure = JSON.stringify(question.replyMarkup).match(/v1:outage-refund-sure:[^"]*/)![0];

    await shop.pool.query(`UPDATE payments SET status = 'issued' WHERE id = $1`, [first]);
    const later = await waiting();
    await shop.pool.query(`UPDATE payments SET paid_at = now() + interval '1 hour' WHERE id = $1`, [later]);
    await press(owner, 'Yes, give it back');
    await owner.waitFor('refunds ordered: 1');
    expect(decided()).toEqual([`operatorDecides ${second} refund operator:${ADMIN_ID}`]);
    // What was delivered is not refunded.
    expect(shop.refunds.requests).toEqual([]);

    await shop.pool.query(`UPDATE payments SET status = 'refunding' WHERE id = $1`, [second]);
    expect(await press(owner, { data: sure })).toBe('Nobody waits for this server any more.');
    expect(decided()).toHaveLength(1);
  });

  it('is not told of a refund that no workflow has heard of', async () => {
    await waiting();
    await openServer();
    await press(owner, '↩️ Give all their money back');
    await owner.waitFor('Orders: 1');
    shop.workflows.running = false;
    await press(owner, 'Yes, give it back');
    const answer = await owner.waitFor('refunds ordered: 0');
    expect(answer.text).toContain('Orders that have not confirmed it: 1');
  });

  it('reads that the panel is gone for good once an operator has said so, and nothing of an outage', async () => {
    await openServer();
    await shop.pool.query(`UPDATE servers SET gone_at = now() WHERE code = 'nl-1'`);
    try {
      await press(owner, { data: 'v1:outage:nl-1:show' });
      await owner.waitFor('Gone for good since');
      expect(await buttonsOf(owner)).not.toMatch(/Try all|Stop selling/);
      await openAdmin();
      expect(await buttonsOf(owner)).not.toContain('🔌 Amsterdam 1');
    } finally {
      await shop.pool.query('UPDATE servers SET gone_at = NULL');
    }
  });

  it('stops selling there, renewals too, and sells again from the same message or from /admin', async () => {
    const buyer = await newBuyer();
    await openServer();
    expect(await press(owner, '⛔️ Stop selling here')).toContain('Nothing is sold on this server any more');
    expect(await isSold()).toBe(false);
    await owner.waitFor('Selling on this server is stopped');
    await buyer.send('/buy');
    await buyer.waitFor('Step 1 of 4');
    await buyer.click('🇳🇱 Netherlands');
    await buyer.waitFor('Step 2 of 4');
    expect(await buttonsOf(buyer)).not.toContain('Amsterdam 1');

    // Another owner, or the same one, with a message from before.
    expect(await press(owner, { data: 'v1:outage:nl-1:stop' })).toBe('Selling on this server was stopped already.');
    expect(await press(owner, '▶️ Sell here again')).toBe('This server is for sale again.');
    expect(await isSold()).toBe(true);

    // The way back is there when the messages are gone and the outage is over.
    await press(owner, { data: 'v1:outage:nl-1:stop' });
    await shop.pool.query('TRUNCATE outages');
    const sinceMessageId = await openAdmin();
    await press(owner, '⛔️ Amsterdam 1');
    await owner.waitFor('selling is stopped', undefined, { sinceMessageId });
    await press(owner, '▶️ Sell here again');
    expect(await isSold()).toBe(true);
  });

  it('reads of free grants that wait as of orders, and has them tried; nobody’s money is offered back', async () => {
    await offerTrial(shop.pool);
    const { id: userId } = await newBuyer();
    const { subscriptionId } = await trialGiven(shop.pool, trialRequest(userId));
    await shop.pool.query(`UPDATE subscriptions SET server_code = 'nl-1' WHERE id = $1`, [subscriptionId]);
    await openServer();
    await owner.waitFor('One free grant waits for it');
    expect(await buttonsOf(owner)).not.toContain('money back');
    expect(await press(owner, '🔁 Try all now')).toContain('1');
    expect(shop.grants.retried).toEqual([String(userId)]);
    await shop.pool.query(`UPDATE free_grants SET status = 'revoked'; UPDATE trials SET active = false`);
  });
});

it('nobody else can press any of it', async () => {
  await waiting();
  const stranger = await newBuyer();
  for (const data of ['v1:outage:nl-1:stop', 'v1:outage:nl-1:retry', 'v1:outage-refund-sure:nl-1:9999999999'])
    await press(stranger, { data });
  expect(await isSold()).toBe(true);
  expect(decided()).toEqual([]);
});
