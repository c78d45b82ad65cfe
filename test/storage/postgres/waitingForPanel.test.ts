/** Whoever waits for a panel is counted, paid or free: by owners' screens, metrics, outages and what a panel stands for. */
import { expect, it } from '@jest/globals';
import { createMoneyState } from '../../../src/storage/postgres/moneyState';
import { createOutagesRepository } from '../../../src/storage/postgres/outages';
import { createPanelStandingsRepository } from '../../../src/storage/postgres/panelStandings';
import { createShopCounts } from '../../../src/storage/postgres/shopCounts';
import { createWaitingForPanelRepository } from '../../../src/storage/postgres/waitingForPanel';
import { PRICE, useShop } from './shopDatabase';
import { offerTrial, trialGiven, trialRequest } from './trials';
import { voucherClaimed } from './vouchers';

const shop = useShop();
const SERVER = 'nl-1';
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);

async function trial(givenAt: Date): Promise<{ id: string; userId: number }> {
  await offerTrial(shop.pool);
  const userId = await shop.buyer();
  const { id } = await trialGiven(shop.pool, trialRequest(userId), givenAt);
  return { id, userId };
}
const setStatus = (id: string, status: string, reason: string | null = null) =>
  shop.pool.query(
    `UPDATE free_grants SET status = $2, reason = $3, delivered_at = CASE WHEN $2 = 'issued' THEN now() END WHERE id = $1`,
    [id, status, reason],
  );

it('a free grant without a key is counted wherever a paid purchase without one is', async () => {
  const waiting = createWaitingForPanelRepository(shop.pool);
  const standings = createPanelStandingsRepository(shop.pool);
  const paid = await shop.paid(await shop.buyer());
  const [older, newer] = [await trial(ago(30)), await trial(ago(10))];
  const issued = await trial(ago(5));
  await setStatus(issued.id, 'issued');
  const revoked = await trial(ago(5));
  await setStatus(revoked.id, 'revoked', 'revoked');

  expect(await waiting.of(SERVER)).toMatchObject({
    ...{ deliveries: 1, paid: { RUB: PRICE }, freeGrants: 2, orders: [{ id: paid.id }] },
    grants: [older, newer].map(({ id, userId }) => ({ id, userId, freeKind: 'trial', freeSource: String(userId) })),
  });
  const standing = { deliveries: 1, paid: { RUB: PRICE }, freeGrants: 2 };
  expect(await standings.byCode(SERVER)).toMatchObject(standing);
  expect((await standings.list()).find(({ code }) => code === SERVER)).toMatchObject(standing);
  expect(await createShopCounts(shop.pool)()).toMatchObject({ undelivered: 3 });
  expect(await createMoneyState(shop.pool)()).toMatchObject({ undelivered: 3 });
});

it('a panel that makes no key for a free grant alone is an outage, which does not end before it does', async () => {
  const outages = createOutagesRepository(shop.pool);
  await shop.pool.query(`UPDATE payments SET status = 'issued', delivered_at = now() WHERE status = 'paid'`);
  await shop.pool.query(`UPDATE free_grants SET status = 'revoked' WHERE status = 'given'`);
  const without = () => outages.serversWithoutKeys([SERVER], ago(5), ago(10));
  const { id } = await trial(ago(40));
  expect(await without()).toEqual([]);
  await setStatus(id, 'delayed', 'panel-unavailable');
  expect(await without()).toEqual([SERVER]);
  // Its person has asked for another server, and this one makes no key either.
  await setStatus(id, 'delayed', 'server-changed');
  expect(await without()).toEqual([SERVER]);

  const panel = { service: 'hiddify', serverCode: SERVER } as const;
  await outages.failed(panel, { kind: 'no-keys', reason: 'x', code: null }, ago(4));
  const isOpen = async () => (await outages.newestOf(panel))?.endedAt === null;
  await outages.answered(panel, new Date(), 0);
  expect(await isOpen()).toBe(true);
  await setStatus(id, 'issued');
  await outages.answered(panel, new Date(), 0);
  expect(await isOpen()).toBe(false);
});

it('a gift that somebody has claimed waits for its panel as whatever costs nothing, and is told with an outage', async () => {
  const waiting = createWaitingForPanelRepository(shop.pool);
  const outages = createOutagesRepository(shop.pool);
  const before = await waiting.of(SERVER);
  const { id: giftId } = await shop.open(await shop.buyer(), { locationCode: null, serverCode: null });
  await shop.recordPaid(giftId);
  // It needs no panel before it is claimed.
  expect(await waiting.of(SERVER)).toEqual(before);
  const userId = await shop.buyer();
  const { id } = await voucherClaimed(shop.pool, giftId, userId, { locationCode: 'nl' }, ago(40));
  await shop.pool.query(`UPDATE subscriptions SET server_code = $2 WHERE user_id = $1`, [userId, SERVER]);
  const now = await waiting.of(SERVER);
  expect(now.freeGrants).toBe(before.freeGrants + 1);
  expect(now.grants).toContainEqual(expect.objectContaining({ id, freeKind: 'gift', freeSource: giftId }));
  await shop.pool.query('TRUNCATE outages');
  await setStatus(id, 'delayed', 'panel-full');
  expect(await outages.serversWithoutKeys([SERVER], ago(5), ago(10))).toEqual([SERVER]);
  await setStatus(id, 'issued');
  expect(await waiting.of(SERVER)).toEqual(before);
});
