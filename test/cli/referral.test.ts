/** `npm run referral` on a real database: who invited whom, and rewards that wait for a person. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseReferralArguments } from '../../src/cli/referralArguments';
import { useShop } from '../storage/postgres/shopDatabase';
import { runProgram } from './program';

const shop = useShop();
const referral = (...words: string[]) => runProgram('src/cli/referral.ts', words, { DATABASE_URL: shop.database.url });

it('shows, assigns and removes who invited somebody, and decides about rewards; all of it in the audit log', async () => {
  const [referrer, friend] = [await shop.buyer(), await shop.buyer()];
  const people = [String(friend), String(referrer)] as const;
  expect(await referral('assign', ...people, '--as', 'ann')).toMatchObject({
    code: 0,
    out: expect.stringContaining(`${friend} was invited by ${referrer}`),
  });
  expect(await referral('assign', ...people)).toMatchObject({ code: 0, out: expect.stringContaining('already') });
  expect(await referral('assign', people[1], people[0])).toMatchObject({
    code: 1,
    err: expect.stringContaining('did not come before'),
  });
  expect(await referral('assign', '1', '2')).toMatchObject({ code: 1, err: expect.stringContaining('never') });
  expect((await referral('show', people[1])).out).toContain(`has invited ${friend}`);

  const { id: payment } = await shop.issued(friend);
  const [released, refused] = [randomUUID(), randomUUID()];
  for (const [reward, of] of [
    [released, payment],
    [refused, (await shop.issued(await shop.buyer())).id],
  ] as const)
    await shop.pool.query(
      `INSERT INTO referral_rewards (id, payment_id, friend_id, role, user_id, days, created_at, due_at, suspicions)
       SELECT $1, $2, user_id, 'referrer', $3, 7, now(), now(), '{refunded-twice}' FROM payments WHERE id = $2`,
      [reward, of, referrer],
    );
  const held = await referral('held');
  expect(held.out).toContain(`${released}  7 days for ${referrer}, friend ${friend}`);
  expect(held.out).toContain('two or more delivered purchases of the friend were refunded whole');
  expect((await referral('release', released, '--as', 'ann')).code).toBe(0);
  expect((await referral('refuse', refused, '--as', 'ann')).code).toBe(0);
  expect(await referral('refuse', refused)).toMatchObject({ code: 0, out: expect.stringContaining('so before') });
  expect(await referral('release', refused)).toMatchObject({
    ...{ code: 1, err: expect.stringContaining('waits no more, it is refused') },
  });
  expect((await referral('refuse', randomUUID())).code).toBe(1);
  expect((await referral('held')).out).toContain('No reward waits');
  expect((await referral('show', people[1])).out).toContain('refused');
  expect((await referral('remove', people[0], '--as', 'ann')).code).toBe(0);

  const { rows } = await shop.pool.query('SELECT actor, action FROM audit_log ORDER BY id');
  expect(rows).toEqual(
    ['referral-assign', 'reward-release', 'reward-refuse', 'referral-remove'].map((action) => ({
      ...{ actor: 'operator:ann', action },
    })),
  );
}, 240_000);

describe('its arguments', () => {
  it('are read', () => {
    const reward = randomUUID();
    expect(parseReferralArguments(['assign', '12', '34', '--as', 'ann'])).toEqual({
      ...{ command: 'assign', friendId: 12, referrerId: 34, actor: 'operator:ann' },
    });
    expect(parseReferralArguments(['remove', '12'])).toMatchObject({ friendId: 12, referrerId: null });
    expect(parseReferralArguments(['release', reward])).toMatchObject({ command: 'release', reward });
    expect(parseReferralArguments(['held'])).toMatchObject({ command: 'held' });
  });

  it.each([
    [],
    ['show'],
    ['show', 'ann'],
    ['show', '12', '34'],
    ['assign', '12'],
    ['assign', '12', '34', '56'],
    ['assign', '-1', '34'],
    ['assign', '1e5', '34'],
    ['remove', '0'],
    ['held', '12'],
    ['release', '12'],
    ['refuse'],
    ['held', '--as'],
    ['held', '--colour', 'red'],
    ['show', '9'.repeat(5_000)],
  ])('that make no command are refused: %j', (...words) => {
    expect(parseReferralArguments(words)).toBeUndefined();
  });
});
