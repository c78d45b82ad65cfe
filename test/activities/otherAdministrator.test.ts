/** A panel of version 14 answers for another administrator's account as if it did not exist: that is no proof. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { checkAbsence } from '../../src/activities/absence';
import type { TellOwners } from '../../src/activities/ownerNotice';
import { createPanelSyncActivities } from '../../src/jobs/panelSync/activities';
import { deactivateOnPanel } from '../../src/jobs/expiry/deactivateOnPanel';
import { inActivity } from '../jobs/fakes';
import { OWNER, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
const REFUND = { reason: 'buyer-chose-refund', askedBy: 'buyer' };

const useKey = (key: string) => harness.pool.query(`UPDATE servers SET panel_api_key = $1 WHERE code = 'nl-1'`, [key]);
afterEach(() => useKey(harness.panels[0]!.apiKey));

/** An administrator below the panel's owner. @returns their key */
async function newAdmin(mode: 'admin' | 'agent'): Promise<string> {
  const key = randomUUID();
  const answer = await fetch(`${harness.panels[0]!.adminUrl}/api/v2/admin/admin_user/`, {
    method: 'POST',
    headers: { 'Hiddify-API-Key': harness.panels[0]!.apiKey },
    body: JSON.stringify({ uuid: key, name: 'shop', mode, can_add_admin: false, lang: 'ru' }),
  });
  expect(answer.status).toBe(200);
  return key;
}

async function delivered() {
  const payment = await harness.paid(await harness.buyer());
  await harness.run('deliverSubscription', { paymentId: payment.id });
  const { subscriptionId } = await harness.reload(payment.id);
  const { rows } = await harness.pool.query<{ panel_user_id: string }>(
    'SELECT panel_user_id FROM subscriptions WHERE id = $1',
    [subscriptionId],
  );
  const uuid = rows[0]!.panel_user_id;
  return { ...payment, subscriptionId, account: async () => (await harness.accounts(0)).get(uuid) };
}

async function refunded() {
  const payment = await delivered();
  await harness.pool.query(`UPDATE payments SET status = 'delayed' WHERE id = $1`, [payment.id]);
  await harness.run('planUndeliveredRefund', { paymentId: payment.id, ...REFUND });
  return payment;
}

const ownersChat = async () =>
  JSON.stringify(await (await fetch(`${harness.telegramUrl}/_sim/users/${OWNER}/chat`)).json());

describe.each(['agent', 'admin'] as const)('a key that was swapped for that of an %s', (mode) => {
  it('does not end a removal: the owner is told, and the former key ends it', async () => {
    const payment = await refunded();
    await useKey(await newAdmin(mode));
    await expect(harness.run('revokeAccess', { paymentId: payment.id })).rejects.toMatchObject({
      type: 'hiddify:refused',
      message: expect.stringContaining('another administrator'),
      nonRetryable: false,
    });
    expect(await payment.account()).toMatchObject({ is_active: true });
    expect(await ownersChat()).toContain('can’t be ended with the present key');
    await useKey(harness.panels[0]!.apiKey);
    await harness.run('revokeAccess', { paymentId: payment.id });
    expect(await payment.account()).toBeUndefined();
  });

  it('does not end a subscription either, and keeps no other from ending', async () => {
    const hidden = await delivered();
    const key = await newAdmin(mode);
    await useKey(key);
    const seen = await delivered();
    await harness.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE id = ANY($1)`, [
      [hidden.subscriptionId, seen.subscriptionId],
    ]);
    const from = { deactivated: 0, reactivated: 0 };
    const deactivate = () =>
      inActivity(() =>
        deactivateOnPanel(harness.dependencies, 'nl-1', from, () => undefined, new AbortController().signal),
      );
    expect(await deactivate()).toEqual({ deactivated: 1, reactivated: 0 });
    expect(await hidden.account()).toMatchObject({ enable: true });
    expect(await seen.account()).toMatchObject({ enable: false });
    // The owner of the panel sees the accounts of everybody.
    await useKey(harness.panels[0]!.apiKey);
    expect(await deactivate()).toEqual({ deactivated: 1, reactivated: 0 });
    expect(await hidden.account()).toMatchObject({ enable: false });
  });

  it('ends the removal of an account that it did remove, and the sync goes on past accounts that it can’t see', async () => {
    const hidden = await refunded();
    await useKey(await newAdmin(mode));
    const own = await refunded();
    await harness.run('revokeAccess', { paymentId: own.id });
    expect(await own.account()).toBeUndefined();
    const sync = createPanelSyncActivities(harness.dependencies).main;
    await inActivity(() => sync.revokeAgain({ serverCode: 'nl-1' }));
    const { rows } = await harness.pool.query<{ payment_id: string }>(
      'SELECT payment_id FROM access_revocations WHERE confirmed_at IS NULL AND payment_id = ANY($1)',
      [[hidden.id, own.id]],
    );
    expect(rows.map(({ payment_id }) => payment_id)).toEqual([hidden.id]);
    expect(await hidden.account()).toMatchObject({ is_active: true });
  });
});

it('accounts that a key can’t see are told of once a day: what was mended may come back', async () => {
  const subjects: string[] = [];
  const tellOwners: TellOwners = async (_kind, subject) => {
    subjects.push(subject);
    return { told: true };
  };
  const panel = { admin: 'a'.repeat(64), seesAccountsOf: async () => false };
  const account = { serverCode: 'nl-1', panelAdmin: null };
  for (const at of ['2026-12-05T09:00:00Z', '2026-12-05T18:00:00Z', '2026-12-20T09:00:00Z']) {
    const deps = { tellOwners, now: () => new Date(at) };
    await expect(checkAbsence(deps, panel, account, new AbortController().signal)).rejects.toMatchObject({
      code: 'hidden',
    });
  }
  expect(subjects.map((subject) => subjects.indexOf(subject))).toEqual([0, 0, 2]);
});

it('an account is of the administrator who made it, also when the key was swapped before that was recorded', async () => {
  const payment = await harness.paid(await harness.buyer());
  const other = await newAdmin('agent');
  await harness.pool.query(`UPDATE servers SET link_checked_for = NULL WHERE code = 'nl-1'`);
  // Between the panel's answer and the record of the delivery.
  const swapping = jest
    .spyOn(harness.dependencies.catalogue, 'recordLinkCheck')
    .mockImplementation(async () => void (await useKey(other)));
  await harness.run('deliverSubscription', { paymentId: payment.id });
  swapping.mockRestore();
  await harness.pool.query(`UPDATE payments SET status = 'delayed' WHERE id = $1`, [payment.id]);
  await harness.run('planUndeliveredRefund', { paymentId: payment.id, ...REFUND });
  await expect(harness.run('revokeAccess', { paymentId: payment.id })).rejects.toMatchObject({
    message: expect.stringContaining('another administrator'),
  });
});

it('an account that the shop’s own key does not find is gone', async () => {
  const payment = await harness.paid(await harness.buyer());
  await harness.run('planUndeliveredRefund', { paymentId: payment.id, ...REFUND });
  await harness.run('revokeAccess', { paymentId: payment.id });
  const { rows } = await harness.pool.query('SELECT confirmed_at FROM access_revocations WHERE payment_id = $1', [
    payment.id,
  ]);
  expect(rows).toEqual([{ confirmed_at: expect.any(Date) }]);
});
