/** A free grant that is revoked while its panel is still writing: no account lives in the end. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { GiftWorkflows } from '../../src/clients/giftWorkflows';
import { createHiddifyPanel, type HiddifyPanel } from '../../src/gateways/hiddify';
import { createPanelSyncActivities } from '../../src/jobs/panelSync/activities';
import { LATE_WRITE_MS } from '../../src/storage/postgres/accessRevocations';
import { createGrantActivities } from '../../src/worker/activities';
import type { WorkerDependencies } from '../../src/worker/dependencies';
import { inActivity } from '../jobs/fakes';
import { offerTrial, TRIAL_GRANT } from '../storage/postgres/trials';
import { setFaults } from '../support/buyer';
import { PRICE, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
const giftWorkflows = { changed: async () => undefined } as unknown as GiftWorkflows;

const run = <T>(
  work: (activities: ReturnType<typeof createGrantActivities>) => Promise<T>,
  change: Partial<WorkerDependencies> = {},
): Promise<T> =>
  inActivity(() =>
    work(createGrantActivities({ ...harness.dependencies, giftWorkflows: () => giftWorkflows, ...change })),
  );

interface Given {
  readonly grantId: string;
  readonly panelUserId: string;
  /** It is revoked, and its panel has been told and has confirmed. */
  revoke(): Promise<void>;
}

/** A bought gift that somebody has claimed, whose money goes back. */
async function gift(): Promise<Given> {
  const { id: paymentId } = await harness.open(await harness.buyer(), { locationCode: null, serverCode: null });
  await harness.run('createPayment', { paymentId });
  await harness.payAtYooKassa(paymentId);
  await harness.run('recordPaid', { paymentId });
  const { id: userId } = await harness.buyer();
  const place = { locationCode: 'nl' };
  const grantId = await given({ kind: 'gift', source: paymentId, userId, place, terms: null, askedAt: Date.now() });
  return {
    grantId,
    panelUserId: await panelUserOf(grantId),
    async revoke() {
      const request = { requestId: randomUUID(), kopecks: null, reason: 'operator-refund', askedBy: 'operator:1' };
      expect(await harness.payments.planRefund(paymentId, request, PRICE, new Date())).toMatchObject({
        outcome: 'planned',
      });
      await harness.run('revokeAccess', { paymentId });
    },
  };
}

/** A trial whose panel an operator says to be gone for good, by mistake. */
async function trial(): Promise<Given> {
  await offerTrial(harness.pool);
  const { id: userId } = await harness.buyer();
  const trialOf = { source: String(userId), userId, locationCode: 'nl', grant: TRIAL_GRANT, keep: true };
  const grantId = await given({ kind: 'trial', ...trialOf });
  return {
    grantId,
    panelUserId: await panelUserOf(grantId),
    async revoke() {
      await harness.pool.query('UPDATE servers SET gone_at = now()');
      expect(await run(({ endGrant }) => endGrant({ grantId }))).toEqual({ ending: 'panel-gone' });
      await harness.dependencies.accessRevocations.followPanels();
      await harness.pool.query('UPDATE servers SET gone_at = NULL');
      await harness.dependencies.accessRevocations.followPanels();
      await inActivity(() => sync().revokeAgain({ serverCode: 'nl-1' }));
    },
  };
}

async function given(request: Parameters<ReturnType<typeof createGrantActivities>['giveGrant']>[0]): Promise<string> {
  const answer = await run(({ giveGrant }) => giveGrant(request));
  if (answer.outcome !== 'given') throw new Error(answer.why);
  return answer.grantId;
}

async function panelUserOf(grantId: string): Promise<string> {
  const { rows } = await harness.pool.query<{ panel_user_id: string }>(
    'SELECT u.panel_user_id FROM subscriptions u JOIN free_grants g ON g.subscription_id = u.id WHERE g.id = $1',
    [grantId],
  );
  return rows[0]!.panel_user_id;
}

const sync = () => createPanelSyncActivities(harness.dependencies).main;
/** One run of the panel sync over the first panel. */
async function panelSync(): Promise<void> {
  const run = { serverCode: 'nl-1', runId: randomUUID() };
  await inActivity(() => sync().revokeAgain(run));
  await inActivity(() => sync().readPanel(run));
  await inActivity(() => sync().repairPanel(run));
}
const isThere = async ({ panelUserId }: Given) => (await harness.accounts(0)).has(panelUserId);

beforeEach(async () => {
  await harness.pool.query(`TRUNCATE access_revocations; UPDATE servers SET active = false WHERE code = 'nl-2'`);
});

describe.each([
  ['a gift whose money goes back', gift],
  ['a trial that was ended because its panel was gone', trial],
])('%s', (_what, made) => {
  it('while its creation is under way, which lands ten minutes after everybody was done: the sync removes it', async () => {
    const one = await made();
    await setFaults(harness.panels[0]!.url, { commitsLate: { times: 1, method: 'POST' } });
    await expect(run(({ deliverGrant }) => deliverGrant(one))).rejects.toMatchObject({ kind: 'unknown-outcome' });
    await one.revoke();
    await harness.pool.query("UPDATE access_revocations SET created_at = created_at - $1 * interval '1 millisecond'", [
      LATE_WRITE_MS,
    ]);
    await panelSync();
    expect((await harness.dependencies.accessRevocations.serversWithOpen()).length).toBe(0);
    await fetch(`${harness.panels[0]!.url}/_sim/commit-late`, { method: 'POST' });
    expect(await isThere(one)).toBe(true);
    await panelSync();
    expect(await isThere(one)).toBe(false);
  });

  it.each(['answers', 'is away'])(
    'while an attempt is under way that writes only then, and the panel %s afterwards',
    async (then) => {
      const one = await made();
      let release = () => undefined as void;
      let reach = () => undefined as void;
      const released = new Promise<void>((resolve) => (release = resolve));
      const reached = new Promise<void>((resolve) => (reach = resolve));
      const panelOf: WorkerDependencies['panelOf'] = (access) => {
        const panel = createHiddifyPanel(access);
        const ensureUser: HiddifyPanel['ensureUser'] = async (...state) => {
          reach();
          await released;
          const account = await panel.ensureUser(...state);
          if (then === 'is away') await setFaults(harness.panels[0]!.url, { down: true });
          return account;
        };
        return { ...panel, ensureUser };
      };
      const late = run(({ deliverGrant }) => deliverGrant(one), { panelOf });
      await reached;
      await one.revoke();
      await harness.pool.query('UPDATE access_revocations SET confirmed_at = now(), done_at = now()');
      release();
      expect(await late).toEqual({ outcome: 'too-late' });
      await setFaults(harness.panels[0]!.url, { down: null });
      if (then === 'is away') {
        expect(await isThere(one)).toBe(true);
        await inActivity(() => sync().revokeAgain({ serverCode: 'nl-1' }));
      }
      expect(await isThere(one)).toBe(false);
    },
  );
});
