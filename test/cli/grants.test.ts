/** `npm run grants` on a real database: days that an operator gives. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseGrantsArguments } from '../../src/cli/grantsArguments';
import { days, useShop } from '../storage/postgres/shopDatabase';
import { runProgram } from './program';

const shop = useShop();
const grants = (...words: string[]) =>
  runProgram('src/cli/grants.ts', words, { DATABASE_URL: shop.database.url, TEMPORAL_ADDRESS: '127.0.0.1:1' });

it('gives days once, says why it can’t, and is in the audit log; without Temporal, too', async () => {
  const { subscriptionId, userId } = await shop.issued(await shop.buyer());
  const end = async () => (await shop.subscriptions.byId(subscriptionId))!.expiresAt.getTime();
  const before = await end();
  const words = ['give', subscriptionId, '--days', '5', '--note', 'two days without a server', '--as', 'ann'];
  expect(await grants(...words, '--compensation')).toMatchObject({
    code: 0,
    out: expect.stringContaining('Temporal does not answer: the panel is told within half an hour of its return'),
  });
  expect(await grants(...words, '--compensation')).toMatchObject({
    code: 0,
    out: expect.stringContaining('were given before'),
  });
  expect((await end()) - before).toBe(days(5));
  expect(await grants('give', randomUUID(), '--days', '5', '--note', 'x')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no such subscription'),
  });
  const { rows } = await shop.pool.query('SELECT actor, action, details FROM audit_log');
  expect(rows).toMatchObject([
    {
      actor: 'operator:ann',
      action: 'give-compensation',
      details: { subscription: subscriptionId, user: userId, days: 5, note: 'two days without a server' },
    },
  ]);
}, 240_000);

describe('its arguments', () => {
  const id = randomUUID();
  it('are read', () => {
    expect(parseGrantsArguments(['give', id, '--days', '7', '--note', ' sorry ', '--compensation'])).toMatchObject({
      ...{ kind: 'compensation', subscriptionId: id, days: 7, note: 'sorry' },
    });
    expect(parseGrantsArguments(['give', id, '--note', 'x', '--days', '3650', '--as', 'ann'])).toMatchObject({
      ...{ kind: 'owner', days: 3_650, actor: 'operator:ann' },
    });
  });

  it.each([
    [],
    ['give', id],
    ['give', id, '--days', '7'],
    ['give', id, '--days', '7', '--note', ''],
    ['give', id, '--days', '7', '--note', '--compensation'],
    ['give', id, '--days', '0', '--note', 'x'],
    ['give', id, '--days', '-7', '--note', 'x'],
    ['give', id, '--days', '3651', '--note', 'x'],
    ['give', id, '--days', '1e3', '--note', 'x'],
    ['give', '12', '--days', '7', '--note', 'x'],
    ['give', id, id, '--days', '7', '--note', 'x'],
    ['take', id, '--days', '7', '--note', 'x'],
    ['give', id, '--days', '7', '--note', 'x'.repeat(5_000)],
  ])('that make no command are refused: %j', (...words) => {
    expect(parseGrantsArguments(words)).toBeUndefined();
  });
});
