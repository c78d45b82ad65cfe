/** What the shop writes to people of their trial, on a real database: in its own words, each once, or not at all. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OwnersScreen } from '../../src/activities/ownerNotice';
import { HOUR_MS } from '../../src/domain/duration';
import { createExpiryActivities } from '../../src/jobs/expiry/activities';
import { createTrialReminderActivities } from '../../src/jobs/trialReminders/activities';
import { applyCatalogue } from '../../src/storage/postgres/applyCatalogue';
import { createTrialNoticesRepository } from '../../src/storage/postgres/trialNotices';
import { catalogue, useShop } from '../storage/postgres/shopDatabase';
import { trialGiven, trialOffer, trialRequest } from '../storage/postgres/trials';
import { bulkDeps, createChat, inActivity, NINE, reminders } from './fakes';

const shop = useShop();
const at = (hours: number) => new Date(NINE.getTime() + hours * HOUR_MS);

beforeEach(async () => {
  await shop.pool.query(`TRUNCATE notifications; UPDATE subscriptions SET status = 'revoked'`);
  await applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer() });
});

/** A trial whose key was there at nine. */
async function trial(usage?: { usedGb: number; lastOnline: string | null }): Promise<{ userId: number; id: string }> {
  const userId = await shop.buyer();
  const given = await trialGiven(shop.pool, trialRequest(userId), NINE);
  await shop.pool.query(`UPDATE free_grants SET status = 'issued', delivered_at = $2 WHERE id = $1`, [given.id, NINE]);
  await shop.pool.query(`UPDATE subscriptions SET status = 'active', delivered_at = $2 WHERE id = $1`, [
    given.subscriptionId,
    NINE,
  ]);
  if (usage)
    await shop.pool.query(
      `INSERT INTO subscription_usage (subscription_id, used_gb, panel_enabled, panel_active, last_online)
       VALUES ($1, $2, true, true, $3)`,
      [given.subscriptionId, usage.usedGb, usage.lastOnline],
    );
  return { userId, id: given.subscriptionId };
}

/** What owners were told, by what it is about. */
const alerts = new Map<string, string>();

const run = async (hours: number) => {
  const chat = createChat();
  const deps = {
    ...bulkDeps(shop, chat, () => at(hours)),
    trialNotices: createTrialNoticesRepository(shop.pool),
    tellOwners: async (_kind: string, subject: string, screen: OwnersScreen) => {
      alerts.set(subject, screen('en', 'UTC').text);
      return { told: true };
    },
  };
  const { bulk } = createTrialReminderActivities(deps);
  const { counts } = await inActivity(() => bulk.sendTrialReminders({ after: null }));
  return { chat, counts, deps };
};

describe('the reminders of a trial', () => {
  it('go to who has not connected, a day before the end, and at the end: each once, with a button that fits', async () => {
    const { userId, id } = await trial({ usedGb: 0, lastOnline: null });
    expect((await run(1)).counts.sent).toBe(0);
    const first = await run(2);
    expect(first.chat.to(userId)[0]).toContain('Получилось подключиться?');
    expect((await run(3)).counts).toMatchObject({ sent: 0, sentBefore: 1 });
    const last = await run(48);
    expect(last.chat.to(userId)[0]).toContain('заканчивается');
    expect(last.chat.delivered[0]!.buttons).toContain(`v1:renew:${id}`);
    const ended = await run(72);
    expect(ended.chat.to(userId)[0]).toContain('закончился');
    expect((await run(73)).counts).toMatchObject({ sent: 0, sentBefore: 1 });
  });

  it('say nothing of connections where somebody has connected, or where the panel has not shown the account yet', async () => {
    await trial({ usedGb: 0.01, lastOnline: null });
    await trial({ usedGb: 0, lastOnline: '2026-03-28 10:00:00' });
    await trial();
    expect((await run(3)).counts).toMatchObject({ sent: 0, sentBefore: 0 });
  });

  it('tell nothing to who has bought on the key, and a trial gets none of a subscription’s reminders', async () => {
    const bought = await trial({ usedGb: 0, lastOnline: null });
    const { id } = await shop.paid(bought.userId, { renewsSubscriptionId: bought.id }, at(1));
    await shop.deliver(id);
    expect((await run(3)).counts).toMatchObject({ sent: 0, sentBefore: 0 });

    const { userId } = await trial();
    const chat = createChat();
    await reminders(bulkDeps(shop, chat, () => at(50))).send();
    expect(chat.to(userId)).toEqual([]);
    await shop.pool.query(
      `UPDATE subscriptions SET status = 'expired', marked_expired_at = $2, expires_at = $2 WHERE user_id = $1`,
      [userId, at(72)],
    );
    const { bulk } = createExpiryActivities(bulkDeps(shop, chat, () => at(73)) as never);
    await inActivity(() => bulk.sendExpiryNotices({ after: null }));
    expect(chat.to(userId)).toEqual([]);
  });
});

describe('the owners', () => {
  /** A day on which nobody had a trial. */
  const DAY = 100 * 24;
  const ordered = async (referrer?: number): Promise<void> => {
    const userId = await shop.buyer();
    if (referrer !== undefined)
      await shop.pool.query('UPDATE users SET referred_by = $2 WHERE telegram_id = $1', [userId, referrer]);
    const { id } = await shop.open(userId);
    await shop.pool.query(`UPDATE payments SET plan_code = 'trial', created_at = $2 WHERE id = $1`, [id, at(DAY)]);
  };
  const shopWith = (trialTerms: Parameters<typeof trialOffer>[0]) =>
    applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer(trialTerms) });

  beforeEach(() => alerts.clear());

  it('are told when all of the day that cost something are ordered, and of whose friends have theirs', async () => {
    await shopWith({ priceKopecks: 100, perDay: 3, perReferrerPerDay: 2 });
    const inviting = await shop.buyer();
    await ordered(inviting);
    await ordered();
    await run(DAY + 1);
    expect([...alerts]).toEqual([]);
    await ordered(inviting);
    await run(DAY + 1);
    expect([...alerts.keys()]).toEqual(['trial:spent:2026-07-06', `trial:friends-spent:${inviting}:2026-07-06`]);
    expect(alerts.get(`trial:friends-spent:${inviting}:2026-07-06`)).toContain(`<code>${inviting}</code>`);
  });

  it('are told nothing of yesterday', async () => {
    await shopWith({ priceKopecks: 100, perDay: 1, perReferrerPerDay: 1 });
    await ordered(await shop.buyer());
    await run(DAY + 24);
    expect([...alerts]).toEqual([]);
  });

  it('hear of those that cost nothing from the case of the grant alone', async () => {
    await trial();
    await shopWith({ priceKopecks: null, perDay: 1 });
    await run(1);
    expect([...alerts]).toEqual([]);
  });
});
