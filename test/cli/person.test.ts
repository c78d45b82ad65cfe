/** `npm run person` on a real database: blocking, rewards got by fraud, removing data. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parsePersonArguments } from '../../src/cli/personArguments';
import { useShop } from '../storage/postgres/shopDatabase';
import { runProgram } from './program';

const shop = useShop();
const person = (...words: string[]) => runProgram('src/cli/person.ts', words, { DATABASE_URL: shop.database.url });
const says = (code: number, words: string) =>
  code === 0 ? { code, out: expect.stringContaining(words) } : { code, err: expect.stringContaining(words) };

it('blocks, unblocks, takes rewards back and removes data, with a note; what is refused says why', async () => {
  const [user, friend] = [await shop.buyer(), await shop.buyer()];
  const { id: payment } = await shop.issued(friend);
  const [waiting, ended] = [randomUUID(), randomUUID()];
  for (const [id, role, of, status] of [
    [waiting, 'referrer', user, 'waiting'],
    [ended, 'friend', friend, 'canceled'],
  ])
    await shop.pool.query(
      `INSERT INTO referral_rewards (id, payment_id, friend_id, role, user_id, days, created_at, due_at, status)
       VALUES ($1, $2, $3, $4, $5, 7, now(), now() + interval '7 days', $6)`,
      [id, payment, friend, role, of, status],
    );
  const id = String(user);
  const by = ['--as', 'ann', '--note', 'one card'];
  expect(await person('show', id)).toMatchObject(says(0, `${waiting}  referrer of ${friend}: 7 days, waiting`));
  expect(await person('forfeit', waiting, ...by)).toMatchObject(
    says(0, 'waiting until now, will be taken back by the worker.'),
  );
  expect(await person('forfeit', waiting)).toMatchObject(says(0, 'It is so already'));
  expect(await person('forfeit', ended)).toMatchObject(says(1, 'has ended already, it is canceled'));
  expect(await person('forfeit', randomUUID())).toMatchObject(says(1, 'There is no reward'));
  expect(await person('block', id, 'fraud', ...by)).toMatchObject(says(0, 'is blocked (fraud), and was not blocked'));
  expect(await person('block', id, 'fraud')).toMatchObject(says(0, 'It is so already'));
  expect((await person('show', id)).out).toMatch(/blocked \(fraud\) since .* by operator:ann/);
  expect(await person('unblock', id, ...by)).toMatchObject(says(0, 'is not blocked any more, and was blocked (fraud)'));
  expect(await person('erase', String(friend))).toMatchObject(says(1, 'Not yet: a subscription lives'));
  expect(await person('erase', id, ...by)).toMatchObject(says(0, `The data of ${id} were removed.`));
  expect((await person('show', id)).out).toContain('their data were removed on');
  expect(await person('unblock', '5')).toMatchObject(says(1, 'has never written to the bot'));

  const { rows } = await shop.pool.query(
    `SELECT act, subject, reason FROM desk_audit WHERE actor = 'operator:ann' AND refused IS NULL ORDER BY id`,
  );
  expect(rows).toEqual(
    [
      { act: 'forfeit-reward', subject: waiting },
      { act: 'block', subject: id },
      { act: 'unblock', subject: id },
      { act: 'erase', subject: id },
    ].map((one) => ({ ...one, reason: 'one card' })),
  );
}, 240_000);

describe('its arguments', () => {
  it('are read', () => {
    const by = { actor: 'operator:ann', note: null };
    expect(parsePersonArguments(['show', '5'])).toEqual({ command: 'show', userId: 5 });
    expect(parsePersonArguments(['block', '5', 'abuse', '--as', 'ann'])).toEqual({
      ...{ command: 'block', userId: 5, reason: 'abuse', ...by },
    });
    expect(parsePersonArguments(['erase', '5', '--as', 'ann', '--note', 'a b'])).toEqual({
      ...{ command: 'erase', userId: 5, ...by, note: 'a b' },
    });
  });

  it.each([
    [],
    ['show'],
    ['show', 'ann'],
    ['block', '5'],
    ['block', '5', 'rude'],
    ['unblock', '5', 'fraud'],
    ['forfeit', '5'],
    ['erase', '5', '6'],
    ['erase', '5', '--as'],
    ['erase', '5', '--force'],
    ['remove', '5'],
  ])('are refused: %j', (...words) => {
    expect(parsePersonArguments(words as unknown as string[])).toBeUndefined();
  });
});
