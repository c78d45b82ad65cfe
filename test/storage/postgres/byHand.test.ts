/** Days that an operator gives by hand: entries of the book like every other. */
import { describe, expect, it } from '@jest/globals';
import type { DaysByHand } from '../../../src/storage/postgres/freeGrants/byHand';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import { bookDifferences } from './books';
import { days, outcomes, times, useShop } from './shopDatabase';

const shop = useShop();
const grants = () => createFreeGrantsRepository(shop.pool);
const give = (subscriptionId: string, change: Partial<DaysByHand> = {}) =>
  grants().giveByHand(
    { ...{ kind: 'owner', subscriptionId, days: 5, note: 'a friend of the house', actor: 'operator:ann' }, ...change },
    new Date(),
  );
const word = async (given: ReturnType<typeof give>) => {
  const answer = await given;
  return answer.outcome === 'given' ? (answer.isNew ? 'new' : 'given') : answer.why;
};
const endOf = async (subscriptionId: string) => (await shop.subscriptions.byId(subscriptionId))!.expiresAt.getTime();

describe('days by hand', () => {
  it('G2: are given once, whatever is repeated at once; with other words they are others', async () => {
    const { subscriptionId } = await shop.issued(await shop.buyer());
    const before = await endOf(subscriptionId);
    expect(await outcomes(times(20, () => word(give(subscriptionId))))).toEqual({ new: 1, given: 19 });
    expect((await endOf(subscriptionId)) - before).toBe(days(5));
    expect(await word(give(subscriptionId, { note: 'once more' }))).toBe('new');
    expect(await word(give(subscriptionId, { kind: 'compensation' }))).toBe('new');
    expect((await endOf(subscriptionId)) - before).toBe(days(15));
    expect(await shop.count('audit_log', `details->>'subscription' = $1`, subscriptionId)).toBe(3);
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });

  it('G4: stay when what was bought is refunded, and their delivery is awaited like every other', async () => {
    const { id, subscriptionId } = await shop.issued(await shop.buyer());
    const given = await give(subscriptionId, { kind: 'compensation' });
    if (given.outcome !== 'given') throw new Error(given.why);
    const undelivered = await grants().undelivered({ before: new Date(Date.now() + 1), after: null, limit: 100 });
    expect(undelivered).toContainEqual(
      expect.objectContaining({ kind: 'compensation', source: given.source, makesKey: false }),
    );
    expect(await grants().recordDelivered(given.id, (await shop.subscriptions.byId(subscriptionId))!)).toBe('issued');
    const at = new Date();
    await shop.refund(id, { at });
    expect((await endOf(subscriptionId)) - at.getTime()).toBe(days(5));
    expect(await shop.subscriptions.byId(subscriptionId)).toMatchObject({ status: 'active' });
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });

  it('are none for what does not live, was never delivered, or would go further than panels count', async () => {
    const refunded = await shop.issued(await shop.buyer());
    await shop.refund(refunded.id);
    const undelivered = await shop.paid(await shop.buyer());
    for (const { subscriptionId } of [refunded, undelivered])
      expect(await word(give(subscriptionId))).toBe('unavailable');
    const { subscriptionId } = await shop.issued(await shop.buyer());
    expect(await word(give(subscriptionId, { days: 36_500 }))).toBe('limit-reached');
    expect(await word(give('00000000-0000-4000-8000-000000000000'))).toBe('unknown');
    expect(
      await shop.count('grant_entries', `kind IN ('owner', 'compensation') AND subscription_id = $1`, subscriptionId),
    ).toBe(0);
  });
});
