/**
 * A panel that an operator has said is gone for good: what waits for it ends, and nothing is said that is not known.
 */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createPanelService } from '../../src/support/panelService';
import { createAuditRepository } from '../../src/storage/postgres/audit';
import { setFaults } from '../support/buyer';
import { PRICE, useActivityHarness } from './activityHarness';

const shop = useActivityHarness();
const decide = (decision: 'gone' | 'back', server = 'nl-1') =>
  createPanelService({
    pool: shop.pool,
    now: () => new Date(),
    invalidateCatalogue: async () => undefined,
  }).decide(server, decision, 'operator:ann');
const followPanels = () => shop.dependencies.accessRevocations.followPanels();

const revocations = async (paymentId: string) =>
  (
    await shop.pool.query<{ confirmed: boolean; done: boolean; abandoned: boolean }>(
      `SELECT confirmed_at IS NOT NULL AS confirmed, done_at IS NOT NULL AS done, abandoned_at IS NOT NULL AS abandoned
       FROM access_revocations WHERE payment_id = $1 ORDER BY id`,
      [paymentId],
    )
  ).rows;
const OPEN = { confirmed: false, done: false, abandoned: false };
const ABANDONED = { confirmed: false, done: false, abandoned: true };

/** A delivered purchase that is refunded while its panel is away. */
async function refundedWhileAway() {
  const payment = await shop.paid(await shop.buyer());
  await shop.run('deliverSubscription', { paymentId: payment.id });
  await setFaults(shop.panels[0]!.url, { down: true });
  await shop.run('planRefund', {
    paymentId: payment.id,
    request: { requestId: payment.id, kopecks: null, askedBy: 'operator:ann', reason: 'operator-refund' },
    paidKopecks: PRICE,
  });
  await expect(shop.run('revokeAccess', { paymentId: payment.id })).rejects.toThrow('hiddify');
  expect(await revocations(payment.id)).toEqual([OPEN]);
  return payment;
}

beforeEach(async () => {
  await shop.pool.query('UPDATE servers SET gone_at = NULL');
  await shop.pool.query('DELETE FROM access_revocations');
});

describe('a revocation on it', () => {
  it('ends without an answer of the panel: it counts as neither confirmed nor done', async () => {
    const { id } = await refundedWhileAway();
    expect(await decide('gone')).toMatchObject({ code: 'nl-1', revocations: 1 });
    await shop.run('revokeAccess', { paymentId: id });
    expect(await revocations(id)).toEqual([ABANDONED]);
    const audit = createAuditRepository(shop.pool);
    expect(await audit.openRevocations()).toEqual([]);
    expect(await audit.gonePanels()).toEqual([{ serverCode: 'nl-1', goneAt: expect.any(Date), abandoned: 1 }]);
  });

  it('is ended by the service watch where no activity works on it', async () => {
    const { id } = await refundedWhileAway();
    await decide('gone');
    expect(await followPanels()).toEqual({ abandoned: 1, reopened: 0 });
    expect(await revocations(id)).toEqual([ABANDONED]);
    expect(await shop.dependencies.accessRevocations.serversWithOpen()).toEqual([]);
  });

  it('is open again when the panel is there after all, and removes the account', async () => {
    const { id } = await refundedWhileAway();
    await decide('gone');
    await followPanels();
    expect(await decide('back')).toMatchObject({ code: 'nl-1', abandoned: 1 });
    expect(await followPanels()).toEqual({ abandoned: 0, reopened: 1 });
    expect(await revocations(id)).toEqual([OPEN]);
    await setFaults(shop.panels[0]!.url, { down: null });
    const before = (await shop.accounts(0)).size;
    await shop.run('revokeAccess', { paymentId: id });
    expect((await shop.accounts(0)).size).toBe(before - 1);
    expect(await revocations(id)).toEqual([{ ...OPEN, confirmed: true }]);
  });
});

describe('a delivery to it', () => {
  it('is not tried: the workflow learns that there will be no key on this server', async () => {
    const { id } = await shop.paid(await shop.buyer());
    await decide('gone');
    const before = (await shop.accounts(0)).size;
    expect(await shop.run('deliverSubscription', { paymentId: id })).toEqual({ outcome: 'gone' });
    expect(await shop.run('fulfillPayment', { paymentId: id, isPaid: true })).toMatchObject({
      fulfilment: { paid: { decision: 'issue' }, stoppedBy: 'panel-gone' },
    });
    expect((await shop.accounts(0)).size).toBe(before);
    expect(await shop.run('changeServer', { paymentId: id, request: randomUUID() })).toEqual({ changed: true });
    expect(await shop.run('deliverSubscription', { paymentId: id })).toEqual({ outcome: 'issued' });
    // Whatever may have been made on the old server is not said to be removed.
    await shop.run('revokeAccess', { paymentId: id });
    expect(await revocations(id)).toEqual([ABANDONED]);
  });
});

describe('the server', () => {
  it('is not sold from, not synchronised and not watched, and nothing is renewed there', async () => {
    const buyer = await shop.buyer();
    const { id } = await shop.paid(buyer);
    await shop.run('deliverSubscription', { paymentId: id });
    const { subscriptionId } = await shop.reload(id);
    await decide('gone');
    const { catalogue, outages, subscriptions, expiryNotices } = shop.dependencies;
    const soon = new Date(Date.now() + 60 * 86_400_000);
    const reminded = async () => (await expiryNotices.expiring(new Date(), soon, null, 100)).map((one) => one.id);
    expect(await reminded()).not.toContain(subscriptionId);
    expect((await catalogue.activeServers('nl')).map(({ code }) => code)).toEqual(['nl-2']);
    expect((await catalogue.activePanels()).map(({ serverCode }) => serverCode)).toEqual(['nl-2']);
    expect(await outages.watchedServers()).not.toContain('nl-1');
    expect(await subscriptions.byId(subscriptionId!)).toMatchObject({ isPanelGone: true });
    await expect(shop.open(buyer, { renewsSubscriptionId: subscriptionId })).rejects.toThrow('unavailable');
    await decide('gone', 'nl-2');
    expect(await catalogue.activeLocations()).toEqual([]);
  });

  it('has an ended account that nobody tries to switch off any more', async () => {
    const { id } = await shop.paid(await shop.buyer());
    await shop.run('deliverSubscription', { paymentId: id });
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE id = $1`, [
      (await shop.reload(id)).subscriptionId,
    ]);
    const servers = async () =>
      (await shop.dependencies.panelDeactivations.servers()).map(({ serverCode }) => serverCode);
    expect(await servers()).toContain('nl-1');
    await decide('gone');
    expect(await servers()).not.toContain('nl-1');
  });

  it('is said to be gone once, with who said so', async () => {
    expect(await decide('back')).toBeUndefined();
    expect(await decide('gone')).toBeDefined();
    expect(await decide('gone')).toBeUndefined();
    const { rows } = await shop.pool.query<{ actor: string; details: object }>(
      `SELECT actor, details FROM audit_log WHERE action = 'panel-gone' ORDER BY id DESC LIMIT 1`,
    );
    expect(rows[0]).toMatchObject({ actor: 'operator:ann', details: { server: 'nl-1', outcome: 'done' } });
  });
});
