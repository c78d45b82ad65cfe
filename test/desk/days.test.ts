/** Days from the owner's desk: given once, by whom their role allows it, each with its line of the audit log. */
import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { blockPerson } from '../../src/desk/block';
import { endWithDays, whyNotDays } from '../../src/domain/deskDays';
import { foldBook } from '../../src/domain/grantBook';
import { createFreeGrantsRepository } from '../../src/storage/postgres/freeGrants';
import type { DeskDays } from '../../src/storage/postgres/freeGrants/deskDays';
import { entriesOf } from '../../src/storage/postgres/grantBook';
import { createStaffRepository } from '../../src/storage/postgres/staff';
import { days, times, useShop } from '../storage/postgres/shopDatabase';

const shop = useShop();
const OWNER = 900;
let staffId = 50_000;

async function manager(): Promise<number> {
  staffId += 1;
  await createStaffRepository(shop.pool).setRole(staffId, 'manager', 'operator:test', null);
  return staffId;
}
async function sold() {
  const { subscriptionId, userId } = await shop.issued(await shop.buyer());
  const { expiresAt } = (await shop.subscriptions.byId(subscriptionId))!;
  const request = { source: randomUUID(), userId, subscriptionId, days: 7, reason: 'outage' };
  return { subscriptionId, userId, expiresAt, request: { ...request, givenBy: OWNER, shownEnd: expiresAt.getTime() } };
}
async function give(request: DeskDays, now = new Date()): Promise<string> {
  const answer = await createFreeGrantsRepository(shop.pool).giveDeskDays(request, [OWNER], now);
  return answer.outcome === 'given' ? 'given' : answer.why;
}
const endOf = async (id: string) => (await shop.subscriptions.byId(id))!.expiresAt.getTime();
const lines = async (userId: number) =>
  (
    await shop.pool.query(
      'SELECT actor, act, reason, refused, before, after FROM desk_audit WHERE subject = $1 ORDER BY id',
      [String(userId)],
    )
  ).rows;

it('adds them to the end, with before, after, actor and reason, and the book agrees', async () => {
  const { subscriptionId, userId, expiresAt, request } = await sold();
  expect(await give(request)).toBe('given');
  const until = expiresAt.getTime() + days(7);
  expect(await endOf(subscriptionId)).toBe(until);
  expect(foldBook(await entriesOf(shop.pool, [subscriptionId])).expiresAt.getTime()).toBe(until);
  expect(await lines(userId)).toEqual([
    {
      ...{ actor: 'operator:900', act: 'days', reason: 'outage', refused: null },
      before: { subscription: subscriptionId, until: expiresAt.toISOString() },
      after: { request: request.source, days: 7, until: new Date(until).toISOString() },
    },
  ]);
});

it('O2: a confirmed screen pressed many times at once gives once; of two screens the second is told', async () => {
  const { subscriptionId, userId, expiresAt, request } = await sold();
  expect(new Set(await Promise.all(times(8, () => give(request))))).toEqual(new Set(['given']));
  expect(await endOf(subscriptionId)).toBe(expiresAt.getTime() + days(7));
  expect(await lines(userId)).toHaveLength(1);

  const other = await sold();
  const answers = await Promise.all(
    [await manager(), await manager()].map((givenBy) => give({ ...other.request, source: randomUUID(), givenBy })),
  );
  expect(answers.toSorted()).toEqual(['changed-since', 'given']);
  expect(await endOf(other.subscriptionId)).toBe(other.expiresAt.getTime() + days(7));
  expect((await lines(other.userId)).map(({ refused }) => refused).toSorted()).toEqual(
    ['changed-since', null].toSorted(),
  );
});

it('O1, O3: what a role may not do is refused in the transaction that would give it, and written down', async () => {
  const { subscriptionId, userId, expiresAt, request } = await sold();
  const givenBy = await manager();
  expect(await give({ ...request, givenBy, days: 32 })).toBe('not-allowed');
  await createStaffRepository(shop.pool).setRole(givenBy, null, 'operator:test', null);
  expect(await give({ ...request, givenBy })).toBe('not-allowed');
  expect(await give({ ...request, givenBy: 1 })).toBe('not-allowed');
  expect(await endOf(subscriptionId)).toBe(expiresAt.getTime());
  expect((await lines(userId)).map(({ act, refused }) => [act, refused])).toEqual([
    ['many-days', 'not-allowed'],
    ['days', 'not-allowed'],
    ['days', 'not-allowed'],
  ]);
  // A request that was refused gives nothing later either, unless it is confirmed by somebody who may.
  expect(await give({ ...request, days: 32 })).toBe('given');
});

it('gives nothing to somebody else’s subscription, beyond 2100, or for more than 400 days', async () => {
  const { subscriptionId, userId, request } = await sold();
  const again = () => ({ ...request, source: randomUUID() });
  expect(await give({ ...again(), userId: await shop.buyer() })).toBe('unavailable');
  expect(await give({ ...again(), subscriptionId: randomUUID() })).toBe('unavailable');
  expect(await give({ ...again(), days: 401 })).toBe('too-many');
  expect(await give({ ...again(), days: 0 })).toBe('too-many');
  expect(await give(again(), new Date('2099-12-31T00:00:00Z'))).toBe('after-2100');
  await shop.pool.query(`UPDATE servers SET gone_at = now() WHERE code = 'nl-1'`);
  expect(await give(again())).toBe('unavailable');
  await shop.pool.query(`UPDATE servers SET gone_at = NULL`);
  expect((await lines(userId)).every(({ refused }) => refused !== null)).toBe(true);
  expect(await shop.count('grant_entries', 'subscription_id = $1', subscriptionId)).toBe(1);
});

it.each(['fraud', 'abuse', 'other'] as const)(
  'by hand are given on purpose: also to somebody who is blocked for %s',
  async (reason) => {
    const { subscriptionId, userId, expiresAt, request } = await sold();
    const blocked = await blockPerson(shop.pool, { userId, reason }, { actor: 'operator:ann', note: null });
    expect(blocked.outcome).toBe('done');
    expect(await give({ ...request, givenBy: await manager() })).toBe('given');
    const owners = { kind: 'owner', subscriptionId, days: 3, note: 'outage', actor: 'operator:ann' } as const;
    const given = await createFreeGrantsRepository(shop.pool).giveByHand(owners, new Date());
    expect(given).toMatchObject({ outcome: 'given', isNew: true });
    expect(await endOf(subscriptionId)).toBe(expiresAt.getTime() + days(10));
  },
);

it('days follow the end, or begin now when it has passed', () => {
  const now = new Date('2026-01-10T00:00:00Z');
  expect(endWithDays(new Date('2026-01-20T00:00:00Z'), 2, now)).toEqual(new Date('2026-01-22T00:00:00Z'));
  expect(endWithDays(new Date('2026-01-01T00:00:00Z'), 2, now)).toEqual(new Date('2026-01-12T00:00:00Z'));
  expect(whyNotDays(now, 1.5, now)).toBe('too-many');
});
