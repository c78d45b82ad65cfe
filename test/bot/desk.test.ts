/** The owner's desk: who is let in, what each role may do, whatever button it is sent with, and what is written down. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TelegramUser } from '../../simulators/telegram/driver';
import { mayDo, ROLES, STAFF_ROLES, type StaffRole } from '../../src/domain/staff';
import { encodeAction, type Action } from '../../src/messages/callbackData';
import { deskActOf } from '../../src/messages/deskActs';
import { keyboard, button } from '../../src/messages/screens/buttons';
import { forRole } from '../../src/messages/screens/forRole';
import { createFreeGrantsRepository } from '../../src/storage/postgres/freeGrants';
import { createStaffRepository } from '../../src/storage/postgres/staff';
import { createSubscriptionsRepository } from '../../src/storage/postgres/subscriptions';
import type { GrantRequest } from '../../src/workflows/contracts/grant';
import { freshIds } from '../storage/postgres/shopDatabase';
import { waitUntil } from '../support/wait';
import { ADMIN_ID, openShop, startedOwner, type Shop } from './botHarness';

let shop: Shop;
let owner: TelegramUser;
let nextId = 7_000;
beforeAll(async () => {
  shop = await openShop();
  await shop.startBot();
  owner = await startedOwner(shop);
});
afterAll(() => shop?.close());

const id = '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab';
const grant = 'trial.4242';
/** One of each thing that a button of the desk can ask for. */
const ACTIONS: readonly Action[] = [
  { do: 'desk' },
  { do: 'days', subscription: id },
  { do: 'days-of', subscription: id, days: 7 },
  { do: 'days-of', subscription: id, days: 90 },
  { do: 'days-sure', request: id },
  { do: 'person', user: 7 },
  { do: 'block', user: 7, reason: 'fraud' },
  { do: 'block-sure', user: 7, reason: 'fraud' },
  { do: 'unblock', user: 7 },
  { do: 'erase', user: 7 },
  { do: 'erase-sure', user: 7 },
  { do: 'forfeit', reward: id },
  { do: 'forfeit-sure', reward: id },
  { do: 'numbers', period: 'week' },
  { do: 'numbers-csv', period: 'year' },
  { do: 'numbers-meaning' },
  { do: 'desk-search' },
  { do: 'card', user: 7 },
  { do: 'card-note', user: 7 },
  { do: 'timeline', payment: id, page: 0 },
  ...(['retry', 'deliver', 'refund', 'close'] as const).flatMap((decision): Action[] => [
    { do: 'decide', payment: id, decision },
    { do: 'decide-sure', payment: id, decision },
  ]),
  { do: 'grant', grant },
  { do: 'grant-retry', grant },
  { do: 'grant-end', grant },
  { do: 'grant-end-sure', grant },
  ...(['show', 'retry', 'stop', 'resume', 'refund'] as const).map((what): Action => ({
    do: 'outage',
    server: 'nl-2',
    what,
  })),
  { do: 'outage-refund-sure', server: 'nl-2', paidUntil: 1 },
  { do: 'panels', page: 0 },
  { do: 'panel', server: 'nl-2' },
  { do: 'panel-ask', server: 'nl-2' },
  { do: 'panel-sure', server: 'nl-2', decision: 'gone' },
];

async function staff(role: StaffRole | undefined): Promise<TelegramUser> {
  const person = shop.buyer((nextId += 1), { languageCode: 'en' });
  await person.start();
  await person.waitFor('Hello');
  if (role !== undefined) await setRole(person, role);
  return person;
}
const setRole = ({ id: person }: TelegramUser, role: StaffRole | null) =>
  createStaffRepository(shop.pool).setRole(person, role, 'operator:test', null);

/** Sends callback data as a modified client can. @returns what the bot answers the press with */
async function forge(person: TelegramUser, action: Action): Promise<string> {
  const { messageId } = (await person.lastMessage())!;
  const before = (await person.chat()).callbackAnswers.length;
  await person.click({ messageId, data: encodeAction(action) });
  const answered = await waitUntil(async () => (await person.chat()).callbackAnswers[before], { what: 'an answer' });
  return answered?.text ?? '';
}

async function openDesk(person: TelegramUser): Promise<void> {
  const sinceMessageId = await person.send('/admin');
  await person.waitFor('Open orders', undefined, { sinceMessageId });
}

interface Line {
  readonly act: string;
  readonly subject: string | null;
  readonly refused: string | null;
}
const linesOf = async ({ id: person }: Pick<TelegramUser, 'id'>): Promise<Line[]> =>
  (
    await shop.pool.query<Line>('SELECT act, subject, refused FROM desk_audit WHERE actor = $1 ORDER BY id', [
      `operator:${person}`,
    ])
  ).rows;
const goneServers = async () => (await shop.pool.query('SELECT 1 FROM servers WHERE gone_at IS NOT NULL')).rowCount;

beforeEach(() => void (shop.refunds.requests.length = 0));

describe('a role', () => {
  it.each(STAFF_ROLES)('%s can do by forged callback data only what it has a button for', async (role) => {
    const person = await staff(role);
    for (const action of ACTIONS) {
      const act = deskActOf(action)!;
      // What the role may do is tried elsewhere; here nothing of it must be left behind for the others.
      if (mayDo(role, act)) continue;
      expect({ action, answer: await forge(person, action) }).toEqual({
        ...{ action, answer: '⛔️ Your role does not allow this. It is in the audit log.' },
      });
      expect((await linesOf(person)).at(-1)).toMatchObject({ act, refused: 'not-their-role' });
    }
    expect(await goneServers()).toBe(0);
    expect(shop.refunds.requests).toEqual([]);
  });

  it('that was taken while its holder’s screen was open counts no more, and the press is written down', async () => {
    const manager = await staff('manager');
    await manager.send('/admin');
    await manager.waitFor('The shop');
    expect(await forge(manager, { do: 'outage', server: 'nl-2', what: 'stop' })).toContain('Nothing is sold');
    await setRole(manager, null);
    expect(await forge(manager, { do: 'outage', server: 'nl-2', what: 'resume' })).toContain('out of date');
    const { rows } = await shop.pool.query(
      `SELECT sale_stopped_at IS NOT NULL AS stopped FROM servers WHERE code = 'nl-2'`,
    );
    expect(rows).toEqual([{ stopped: true }]);
    expect(await linesOf(manager)).toEqual([
      { act: 'sale', subject: 'nl-2', refused: null },
      { act: 'sale', subject: 'nl-2', refused: 'no-role' },
    ]);
    await forge(owner, { do: 'outage', server: 'nl-2', what: 'resume' });
    expect((await linesOf(owner)).at(-1)).toEqual({ act: 'sale', subject: 'nl-2', refused: null });
  });

  it('of two who stop selling on one server, the second sees the first’s result, and nothing is done twice', async () => {
    const [one, two] = [await staff('manager'), await staff('manager')];
    await Promise.all([one, two].map((person) => forge(person, { do: 'outage', server: 'nl-1', what: 'stop' })));
    expect([...(await linesOf(one)), ...(await linesOf(two))]).toHaveLength(1);
    await forge(owner, { do: 'outage', server: 'nl-1', what: 'resume' });
  });
});

describe('somebody without a role', () => {
  it('finds neither the command nor the buttons, and fills no audit log', async () => {
    const person = await staff(undefined);
    await person.send('/admin');
    await person.waitFor('this message I did not');
    for (let n = 0; n < 3; n += 1) {
      expect(await forge(person, { do: 'panel-sure', server: 'nl-2', decision: 'gone' })).toContain('out of date');
      expect(await forge(person, { do: 'decide-sure', payment: randomUUID(), decision: 'refund' })).toContain(
        'out of date',
      );
    }
    expect(await linesOf(person)).toEqual([
      { act: 'overview', subject: null, refused: 'no-role' },
      { act: 'panel-gone', subject: 'nl-2', refused: 'no-role' },
      { act: 'refund', subject: expect.any(String), refused: 'no-role' },
    ]);
    expect(await goneServers()).toBe(0);
  });
});

describe('search and card', () => {
  it('a text of staff is a search, and a note is the next text after it was asked for', async () => {
    const buyer = await staff(undefined);
    const support = await staff('support');
    await support.send(String(buyer.id));
    await support.waitFor('Has paid nothing yet');
    await support.click('📝 Add a note');
    await support.waitFor('Send it as the next message');
    await support.send('asks for an invoice');
    await support.waitFor('Noted');
    await support.waitFor('asks for an invoice');
    expect((await linesOf(support)).at(-1)).toEqual({ act: 'note', subject: String(buyer.id), refused: null });
    // Asked for, and left for something else: the next text is a search again.
    await support.click('📝 Add a note');
    await waitUntil(async () => (await support.lastMessage())?.text?.includes('Send it as the next message'), {
      what: 'it is asked for anew',
    });
    await support.click('⬅️ Back');
    await waitUntil(async () => (await support.lastMessage())?.text?.includes('Has paid nothing yet'), {
      what: 'the card is back',
    });
    await support.send('nobody has this name');
    await support.waitFor('Nothing was found');
    const { rows } = await shop.pool.query('SELECT text FROM notes WHERE user_id = $1', [buyer.id]);
    expect(rows).toEqual([{ text: 'asks for an invoice' }]);
  });

  it('a note is refused to whom the role was taken meanwhile; others’ texts are no search', async () => {
    const buyer = await staff(undefined);
    const support = await staff('support');
    await support.send(`/admin ${buyer.id}`);
    await support.waitFor('Has paid nothing yet');
    await support.click('📝 Add a note');
    await support.waitFor('Send it as the next message');
    await setRole(support, 'viewer');
    await support.send('a note');
    await support.waitFor('Your role does not allow this');
    expect((await linesOf(support)).at(-1)).toMatchObject({ act: 'note', refused: 'not-their-role' });
    await buyer.send(String(support.id));
    await buyer.waitFor('this message I did not');
    expect(await linesOf(buyer)).toEqual([]);
  });

  it('a code is searched for by the button of the search, and not claimed', async () => {
    await openDesk(owner);
    await owner.click('🔎 Search');
    await owner.waitFor('What are you looking for?');
    await owner.send('7K3M-Q9TX-2B8N-V4HC');
    await owner.waitFor('Nothing was found');
  });

  it('4,096 odd characters are answered politely', async () => {
    const odd = `<b>&"%_\\\u202e\u200b${'Ж😀'.repeat(1_500)}`.slice(0, 4_096);
    await owner.send(odd);
    await owner.waitFor('Nothing was found');
  });
});

it('days are given after a reason and a look at before and after, once', async () => {
  const buyer = await staff(undefined);
  const support = await staff('support');
  const { id: payment } = await shop.order(buyer, { serverCode: 'nl-2' });
  await shop.payments.recordPaid(payment, freshIds(), new Date());
  const { subscriptionId } = (await shop.payments.byId(payment))!;
  const subscriptions = createSubscriptionsRepository(shop.pool);
  await shop.payments.recordDelivered(payment, (await subscriptions.byId(subscriptionId!))!);
  const end = async () => (await subscriptions.byId(subscriptionId!))!.expiresAt.getTime();
  const before = await end();
  const asked: GrantRequest[] = [];
  shop.grants.ensureRunning = async (request) => {
    asked.push(request);
    if (request.kind !== 'owner') throw new Error(request.kind);
    const { source, userId, desk } = request;
    await createFreeGrantsRepository(shop.pool).giveDeskDays({ source, userId, ...desk! }, [ADMIN_ID], new Date());
  };
  await support.send(`/admin ${buyer.id}`);
  await support.waitFor('Paid ₽299');
  await support.click('➕ Days · 🇳🇱 Netherlands');
  await support.waitFor('How many?');
  // More than a role may give has no button, and a forged one is refused.
  expect(JSON.stringify(await support.lastMessage())).not.toContain('+90');
  expect(await forge(support, { do: 'days-of', subscription: subscriptionId!, days: 90 })).toContain('does not allow');
  await support.click('+7');
  await support.waitFor('Send the reason');
  await support.send('asks for an invoice');
  const { messageId } = await support.waitFor('Reason: asks for an invoice');
  expect(await end()).toBe(before);
  await support.click('✅ Give 7 days');
  await waitUntil(async () => (await end()) === before + 7 * 86_400_000, { what: 'the days are given' });
  await support.click({ messageId, data: encodeAction({ do: 'days-sure', request: asked[0]!.source }) });
  await waitUntil(async () => JSON.stringify((await support.chat()).callbackAnswers.at(-1)).includes('out of date'), {
    what: 'the second press is answered',
  });
  expect(asked).toHaveLength(1);
  expect((await linesOf(support)).at(-1)).toEqual({ act: 'days', subject: String(buyer.id), refused: null });
});

it('numbers are a screen of each period, their meanings, and a file that is written down', async () => {
  const marketer = await staff('marketer');
  await openDesk(marketer);
  await marketer.click('📊 Numbers');
  await marketer.waitFor('Active now');
  await marketer.click('Year');
  await marketer.waitFor('365 days');
  await marketer.click('❓ What each number means');
  await marketer.waitFor('the day when it went back');
  await marketer.click('⬅️ Back');
  await marketer.waitFor('30 days');
  await marketer.click('📄 As a file (CSV)');
  await waitUntil(async () => (await linesOf(marketer)).length === 1, { what: 'the file is written down' });
  expect(await linesOf(marketer)).toEqual([{ act: 'export', subject: 'month', refused: null }]);
});

describe('the way to the desk', () => {
  it('is in the owner’s own /start, and in nobody else’s', async () => {
    await owner.start();
    await owner.click('🛠 The shop');
    await owner.waitFor('Open orders');
    const person = await staff('manager');
    expect(JSON.stringify(await person.lastMessage())).not.toContain('The shop');
  });

  it('shows each role the buttons of what it may do', async () => {
    const viewer = await staff('viewer');
    await openDesk(viewer);
    expect(JSON.stringify(await viewer.lastMessage())).not.toContain('Panels');
    await openDesk(owner);
    expect(JSON.stringify(await owner.lastMessage())).toContain('Panels');
  });
});

it('a decision that does not apply is refused, and is in the audit log', async () => {
  const buyer = await staff(undefined);
  const { id: payment } = await shop.order(buyer, { serverCode: 'nl-2' });
  await shop.pool.query(`UPDATE payments SET status = 'canceled', ended_at = now() WHERE id = $1`, [payment]);
  await forge(owner, { do: 'decide-sure', payment, decision: 'retry' });
  expect((await linesOf(owner)).at(-1)).toEqual({ act: 'retry', subject: payment, refused: 'finished' });
});

it('every button of the screens is shown to exactly the roles that may press it', () => {
  for (const action of ACTIONS)
    for (const role of ROLES) {
      const shown = forRole({ text: '', keyboard: keyboard([button('x', action)]) }, role);
      expect({ action, role, shown: shown.keyboard!.inline_keyboard.length === 1 }).toEqual({
        ...{ action, role, shown: mayDo(role, deskActOf(action)!) },
      });
    }
  expect(
    forRole({ text: '', keyboard: keyboard([button('x', { do: 'menu', where: 'here' })]) }, 'viewer').keyboard,
  ).toEqual(keyboard([button('x', { do: 'menu', where: 'here' })]));
});

it('an owner’s own id needs no row', async () => {
  expect((await shop.pool.query('SELECT 1 FROM staff WHERE telegram_id = $1', [ADMIN_ID])).rowCount).toBe(0);
});
