/** The first key of a server is opened, as a customer's app does, before it counts as delivered. */
import { expect, it } from '@jest/globals';
import { createTelegramUser } from '../../simulators/telegram/driver';
import { setFaults } from '../support/buyer';
import { freePort } from '../support/ports';
import { OWNER, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
const owner = () => createTelegramUser(harness.telegramUrl, OWNER);
const setClientUrl = (clientUrl: string) =>
  harness.pool.query(`UPDATE servers SET panel_client_url = $1 WHERE code = 'nl-1'`, [clientUrl]);
const forgetChecks = () => harness.pool.query('UPDATE servers SET link_checked_for = NULL');
const openings = async () =>
  ((await (await fetch(`${harness.panels[0]!.url}/_sim/calls`)).json()) as { path: string }[]).filter(({ path }) =>
    path.startsWith('/{client}/'),
  ).length;

it.each([
  ['has a query', (good: string) => `${good}?home=true`],
  ['is the admin address', () => harness.panels[0]!.adminUrl],
  ['is of another panel', () => harness.panels[1]!.clientUrl],
])(
  'while clientUrl %s nothing is called delivered, the owner reads what to correct once, and the key comes once it is right',
  async (_what, wrong) => {
    const { clientUrl } = harness.panels[0]!;
    const before = (await owner().lastMessage())?.messageId ?? 0;
    const payment = await harness.paid(await harness.buyer());
    await setClientUrl(wrong(clientUrl));
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(harness.run('deliverSubscription', { paymentId: payment.id })).rejects.toMatchObject({
        type: 'hiddify:refused',
        nonRetryable: false,
        message: expect.stringContaining('does not lead to a subscription'),
      });
    expect((await harness.reload(payment.id)).status).toBe('paid');
    // As the workflow does after the first attempts.
    const delay = { failure: { type: 'hiddify:refused', code: 'link' }, refundDueAt: '2026-11-29T09:00:00.000Z' };
    const { id: paymentId } = payment;
    await harness.run('recordStatus', { paymentId, status: 'delayed', reason: 'panel-refuses' });
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(await harness.run('tellOwnerOfDelay', { paymentId, ...delay })).toEqual({ told: true });
    const told = (await owner().chat()).messages.filter(({ messageId, from }) => from === 'bot' && messageId > before);
    expect(told).toHaveLength(1);
    expect(told[0]!.text).toMatch(/Amsterdam 1.*makes no new keys.*Check the clientUrl of this server/s);
    await harness.pool.query('TRUNCATE outages');

    await setClientUrl(clientUrl);
    expect(await harness.run('deliverSubscription', { paymentId: payment.id })).toEqual({ outcome: 'issued' });
  },
);

it('a link that could be opened is not opened again, until an address changes', async () => {
  const { clientUrl } = harness.panels[0]!;
  const deliver = async () =>
    harness.run('deliverSubscription', { paymentId: (await harness.paid(await harness.buyer())).id });
  await setClientUrl(clientUrl);
  await deliver();
  const once = await openings();
  await deliver();
  expect(await openings()).toBe(once);
  await harness.pool.query(`UPDATE servers SET panel_admin_url = panel_admin_url || '/' WHERE code = 'nl-1'`);
  await deliver();
  expect(await openings()).toBe(once + 1);
});

it('a link that the shop cannot reach does not hold up the delivery, and is tried again next time', async () => {
  const { clientUrl } = harness.panels[0]!;
  await forgetChecks();
  await setClientUrl(`http://127.0.0.1:${await freePort()}/ClientPath`);
  const { id } = await harness.paid(await harness.buyer());
  expect(await harness.run('deliverSubscription', { paymentId: id })).toEqual({ outcome: 'issued' });
  await setClientUrl(clientUrl);
  const before = await openings();
  const next = await harness.paid(await harness.buyer());
  expect(await harness.run('deliverSubscription', { paymentId: next.id })).toEqual({ outcome: 'issued' });
  expect(await openings()).toBe(before + 1);
});

it('an account that the panel shows as ended is not delivered: its link opens and has no servers', async () => {
  const payment = await harness.paid(await harness.buyer());
  await forgetChecks();
  await fetch(`${harness.panels[0]!.url}/_sim/clock`, {
    method: 'PUT',
    body: JSON.stringify({ offsetMs: 40 * 86_400_000 }),
  });
  try {
    await expect(harness.run('deliverSubscription', { paymentId: payment.id })).rejects.toMatchObject({
      message: expect.stringContaining('holds no servers'),
    });
  } finally {
    await fetch(`${harness.panels[0]!.url}/_sim/clock`, { method: 'PUT', body: JSON.stringify({ offsetMs: 0 }) });
    await setFaults(harness.panels[0]!.url, {});
  }
  expect(await harness.run('deliverSubscription', { paymentId: payment.id })).toEqual({ outcome: 'issued' });
});
