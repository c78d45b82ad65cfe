/** A trial's activities as the worker builds them: given once, delivered by the code of purchases, its key sent. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../src/domain/duration';
import { createGrantActivities } from '../../src/worker/activities';
import { inActivity } from '../jobs/fakes';
import { setFaults } from '../support/buyer';
import type { PromoGrantRequest } from '../../src/workflows/contracts/grant';
import { offerOf } from '../../src/storage/postgres/promo/offers';
import { freeUseId } from '../../src/storage/postgres/promo/uses';
import { promoCode } from '../storage/postgres/promos';
import { bookDifferences } from '../storage/postgres/books';
import { offerTrial, TRIAL_GRANT } from '../storage/postgres/trials';
import { createTelegramUser, setTelegramFaults } from '../../simulators/telegram/driver';
import { waitUntil } from '../support/wait';
import { OWNER, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();

beforeAll(() => offerTrial(harness.pool));

/** Runs one attempt of an activity. */
const run = <T>(work: (activities: ReturnType<typeof createGrantActivities>) => Promise<T>): Promise<T> =>
  inActivity(() => work(createGrantActivities(harness.dependencies)));

const trialOf = (userId: number) =>
  ({ kind: 'trial', source: String(userId), userId, locationCode: 'nl', grant: TRIAL_GRANT, keep: true }) as const;

/** @param serverCode the one that the owner gives trials on */
async function given(userId: number, serverCode = 'nl-1') {
  await harness.pool.query('UPDATE trials SET server_codes = $1', [[serverCode]]);
  const answer = await run(({ giveGrant }) => giveGrant(trialOf(userId)));
  if (answer.outcome !== 'given') throw new Error(answer.why);
  return answer;
}
const subscriptionOf = async (grantId: string) =>
  (
    await harness.pool.query<{ status: string; starts_at: Date; expires_at: Date; panel_user_id: string }>(
      `SELECT u.status, u.starts_at, u.expires_at, u.panel_user_id FROM subscriptions u
         JOIN free_grants g ON g.subscription_id = u.id WHERE g.id = $1`,
      [grantId],
    )
  ).rows[0]!;

/** The same dependencies, but the first panel is written to when it is released. */
function holdFirst(dependencies: typeof harness.dependencies) {
  let release: () => void = () => undefined;
  let reach: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const panelOf: typeof dependencies.panelOf = (access) => {
    const panel = dependencies.panelOf(access);
    if (access.serverCode !== 'nl-1') return panel;
    return {
      ...panel,
      async ensureUser(...args) {
        reach();
        await released;
        return panel.ensureUser(...args);
      },
    };
  };
  return { dependencies: { ...dependencies, panelOf }, reached, release: () => release() };
}

/** How many messages with these words the owner has. */
const ownerRead = async (words: string) =>
  (await createTelegramUser(harness.telegramUrl, OWNER).chat()).messages.filter(({ text }) => text?.includes(words))
    .length;

describe('a trial', () => {
  it('is one account with its days and traffic, however often each step is repeated, and its key arrives once', async () => {
    const person = await harness.buyer();
    const { grantId } = await given(person.id);
    expect(await given(person.id)).toEqual({ outcome: 'given', grantId });
    for (let attempt = 0; attempt < 3; attempt += 1)
      expect(await run(({ deliverGrant }) => deliverGrant({ grantId }))).toEqual({ outcome: 'issued' });
    const { status, starts_at, expires_at, panel_user_id } = await subscriptionOf(grantId);
    expect(status).toBe('active');
    expect(expires_at.getTime() - starts_at.getTime()).toBe(3 * DAY_MS);
    const accounts = await harness.accounts(0);
    expect(accounts.get(panel_user_id)).toMatchObject({ is_active: true, usage_limit_GB: 5 });

    for (let attempt = 0; attempt < 2; attempt += 1) await run(({ sendGrantKey }) => sendGrantKey({ grantId }));
    const keys = (await person.chat()).messages.filter(({ caption, text }) => (caption ?? text)?.includes('Your key'));
    expect(keys).toHaveLength(1);
  });

  it('whose panel is away is delivered when it is back, with its days from then', async () => {
    const { id } = await harness.buyer();
    const { grantId } = await given(id, 'nl-2');
    await setFaults(harness.panels[1]!.url, { down: true });
    await expect(run(({ deliverGrant }) => deliverGrant({ grantId }))).rejects.toThrow();
    expect(await subscriptionOf(grantId)).toMatchObject({ status: 'pending' });
    await setFaults(harness.panels[1]!.url, { down: null });

    const later = new Date(Date.now() + 5 * DAY_MS);
    const { deliverGrant } = createGrantActivities({ ...harness.dependencies, now: () => later });
    await inActivity(() => deliverGrant({ grantId }));
    const { status, starts_at, expires_at } = await subscriptionOf(grantId);
    expect({ status, starts_at, expires_at }).toEqual({
      status: 'active',
      starts_at: later,
      expires_at: new Date(later.getTime() + 3 * DAY_MS),
    });
  });

  it('whose panel is gone for good before it made the key gets one on another server', async () => {
    const { id } = await harness.buyer();
    const { grantId } = await given(id, 'nl-1');
    await harness.pool.query(`UPDATE trials SET server_codes = NULL`);
    await harness.pool.query(`UPDATE servers SET gone_at = now() WHERE code = 'nl-1'`);
    try {
      expect(await run(({ deliverGrant }) => deliverGrant({ grantId }))).toEqual({ outcome: 'gone' });
      expect(
        await run(({ moveGrant }) => moveGrant({ grantId, because: 'panel-gone', request: randomUUID() })),
      ).toEqual({ moved: true });
      expect(await run(({ deliverGrant }) => deliverGrant({ grantId }))).toEqual({ outcome: 'issued' });
      const { panel_user_id } = await subscriptionOf(grantId);
      expect((await harness.accounts(1)).get(panel_user_id)).toMatchObject({ is_active: true });
      // What is delivered stays where it is.
      expect(
        await run(({ moveGrant }) => moveGrant({ grantId, because: 'panel-gone', request: randomUUID() })),
      ).toEqual({ moved: false });
    } finally {
      await harness.pool.query('UPDATE servers SET gone_at = NULL');
    }
  });

  it.each(['before', 'after'] as const)(
    'whose person asks for another server: an attempt still under way on the old one, finished %s the delivery on the new one, leaves one account',
    async (order) => {
      const { id } = await harness.buyer();
      const { grantId } = await given(id, 'nl-1');
      await harness.pool.query(`UPDATE trials SET server_codes = NULL`);
      const held = holdFirst(harness.dependencies);
      const late = inActivity(() => createGrantActivities(held.dependencies).deliverGrant({ grantId }));
      await held.reached;
      const move = { grantId, because: 'asked', request: randomUUID() } as const;
      // The worker died before its answer arrived: it is asked again.
      for (let attempt = 0; attempt < 2; attempt += 1)
        expect(await run(({ moveGrant }) => moveGrant(move))).toEqual({ moved: true });
      const deliver = () => run(({ deliverGrant }) => deliverGrant({ grantId }));
      if (order === 'after') expect(await deliver()).toEqual({ outcome: 'issued' });
      held.release();
      expect(await late).toEqual({ outcome: 'issued' });
      expect(await deliver()).toEqual({ outcome: 'issued' });
      const { panel_user_id: uuid } = await subscriptionOf(grantId);
      const isThere = async (panel: number) => (await harness.accounts(panel)).has(uuid);
      expect([await isThere(0), await isThere(1)]).toEqual([false, true]);
    },
  );

  it('whose panel makes no key is told to the owners as an outage for whoever waits; one that it refuses alone, by itself', async () => {
    await harness.pool.query('TRUNCATE outages');
    const { id } = await harness.buyer();
    const { grantId } = await given(id, 'nl-2');
    const request = trialOf(id);
    const tell = (failure: { type: string; code: string }) =>
      run(({ tellOwnerOfGrantDelay }) => tellOwnerOfGrantDelay({ grantId, request, failure }));
    await run(({ recordGrantDelayed }) => recordGrantDelayed({ grantId, reason: 'panel-unavailable' }));
    await setFaults(harness.panels[1]!.url, { down: true });
    const before = await ownerRead('free grant');
    for (let n = 0; n < 2; n += 1) await tell({ type: 'hiddify:unreachable', code: 'ECONNREFUSED' });
    expect((await ownerRead('free grant')) - before).toBe(1);
    for (let n = 0; n < 2; n += 1) await tell({ type: 'hiddify:refused', code: 'hidden' });
    expect(await ownerRead('the panel refuses this one alone')).toBe(1);
    await setFaults(harness.panels[1]!.url, { down: null });
    await run(({ deliverGrant }) => deliverGrant({ grantId }));
    const told = await ownerRead('');
    await tell({ type: 'hiddify:refused', code: 'exists' });
    expect(await ownerRead('')).toBe(told);
  });

  it('that no other server can make is taken back, and can be asked for again', async () => {
    const { id } = await harness.buyer();
    const first = await given(id, 'nl-1');
    await harness.pool.query('UPDATE servers SET gone_at = now()');
    try {
      expect(await run(({ deliverGrant }) => deliverGrant(first))).toEqual({ outcome: 'gone' });
      expect(
        await run(({ moveGrant }) => moveGrant({ ...first, because: 'panel-gone', request: randomUUID() })),
      ).toEqual({ moved: false });
      expect(await run(({ endGrant }) => endGrant(first))).toEqual({ ending: 'panel-gone' });
      expect((await subscriptionOf(first.grantId)).status).toBe('revoked');
    } finally {
      await harness.pool.query('UPDATE servers SET gone_at = NULL');
    }
    expect(await run(({ deliverGrant }) => deliverGrant(first))).toEqual({ outcome: 'too-late' });
    const second = await given(id, 'nl-1');
    expect(second.grantId).not.toBe(first.grantId);
    expect(await run(({ deliverGrant }) => deliverGrant(second))).toEqual({ outcome: 'issued' });
  });

  it('that can’t be recorded is told to the owners once for all of a day, unless it is given by now', async () => {
    const people = [await harness.buyer(), await harness.buyer(), await harness.buyer()];
    const tell = (id: number) =>
      run(({ alertOwnersOfGrant }) => alertOwnersOfGrant({ request: trialOf(id), about: 'unrecorded' }));
    await harness.pool.query('ALTER TABLE free_grants ADD CONSTRAINT mistaken CHECK (false) NOT VALID');
    try {
      for (const { id } of people) {
        await expect(run(({ giveGrant }) => giveGrant(trialOf(id)))).rejects.toMatchObject({ constraint: 'mistaken' });
        expect(await run(({ findGrant }) => findGrant(trialOf(id)))).toEqual({ grantId: null });
      }
    } finally {
      await harness.pool.query('ALTER TABLE free_grants DROP CONSTRAINT mistaken');
    }
    const [first, second, third] = people.map(({ id }) => id) as [number, number, number];
    const { grantId } = await given(first);
    await tell(first);
    expect(await ownerRead('the shop fails to record it')).toBe(0);
    for (const id of [second, second, third]) await tell(id);
    expect(await ownerRead('the shop fails to record it')).toBe(1);
    expect(await ownerRead(`grant-trial-${second}`)).toBe(1);
    expect(await run(({ findGrant }) => findGrant(trialOf(first)))).toEqual({ grantId });
    await run(({ showGrant }) => showGrant({ request: trialOf(second), messageId: 999_999, stage: 'not-given' }));
    const shown = await people[1]!.waitFor('The trial could not be given');
    expect(JSON.stringify(shown)).toContain('v1:trial');
  });

  describe('that is for the members of a channel', () => {
    const channel = (channel: string | null) => harness.pool.query('UPDATE trials SET channel = $1', [channel]);
    const members = (botIsAdmin: boolean, members: Record<string, string>) =>
      fetch(`${harness.telegramUrl}/_sim/channels/@news`, {
        method: 'PUT',
        body: JSON.stringify({ botIsAdmin, members }),
      });
    const ask = (userId: number) => run(({ giveGrant }) => giveGrant(trialOf(userId)));
    afterAll(() => channel(null));

    it('is given to them and to nobody else, who have it once they have joined', async () => {
      await channel('@news');
      const person = await harness.buyer();
      await members(true, {});
      expect(await ask(person.id)).toEqual({ outcome: 'refused', why: 'not-member' });
      await members(true, { [person.id]: 'kicked' });
      expect(await ask(person.id)).toEqual({ outcome: 'refused', why: 'not-member' });
      await members(true, { [person.id]: 'member' });
      const given = await ask(person.id);
      expect(given).toMatchObject({ outcome: 'given' });
      // Theirs, also when they leave.
      await members(true, { [person.id]: 'left' });
      expect(await ask(person.id)).toEqual(given);
    });

    it('is given to everybody while Telegram does not say who they are, and the owners are told once', async () => {
      await channel('@news');
      await members(false, {});
      expect(await ask((await harness.buyer()).id)).toMatchObject({ outcome: 'given' });
      // They are told beside the answer.
      const told = `SELECT FROM notifications WHERE user_id = $1 AND subject LIKE 'trial:channel:%' AND status = 'sent'`;
      await waitUntil(async () => (await harness.pool.query(told, [OWNER])).rowCount === 1, {
        what: 'the owner is told',
      });
      expect(await ask((await harness.buyer()).id)).toMatchObject({ outcome: 'given' });
      await channel('@nowhere');
      expect(await ask((await harness.buyer()).id)).toMatchObject({ outcome: 'given' });
      expect(await ownerRead('who is in the channel')).toBe(1);
    });
  });

  it('G6: of somebody who has blocked the bot is made all the same, and their key is theirs', async () => {
    const person = await harness.buyer();
    await person.block();
    const { grantId } = await given(person.id);
    expect(await run(({ deliverGrant }) => deliverGrant({ grantId }))).toEqual({ outcome: 'issued' });
    expect(await run(({ sendGrantKey }) => sendGrantKey({ grantId }))).toEqual({ outcome: 'owed', why: 'unreachable' });
    await run(({ showGrant }) => showGrant({ request: trialOf(person.id), messageId: 1, stage: 'key-owed' }));
    expect((await subscriptionOf(grantId)).status).toBe('active');
    expect(await bookDifferences(harness.pool)).toEqual([]);
    const { rows } = await harness.pool.query('SELECT unreachable_at FROM users WHERE telegram_id = $1', [person.id]);
    expect(rows[0].unreachable_at).toBeInstanceOf(Date);
    const owed = async () => (await harness.dependencies.owedKeys.ofUser(person.id)).map(({ id }) => id);
    expect(await owed()).toEqual([grantId]);
    await person.unblock();
    expect(await run(({ sendGrantKey }) => sendGrantKey({ grantId }))).toEqual({ outcome: 'sent' });
    expect(await owed()).toEqual([]);
  });

  it('comes with its key as text when Telegram refuses the picture; refused in every form it stays owed', async () => {
    const person = await harness.buyer();
    const { grantId } = await given(person.id);
    await run(({ deliverGrant }) => deliverGrant({ grantId }));
    const refuse = (method: string, times?: number) =>
      setTelegramFaults(harness.telegramUrl, {
        failSend: {
          method,
          error_code: 400,
          description: 'Bad Request: IMAGE_PROCESS_FAILED',
          ...(times && { times }),
        },
      });
    await refuse('*');
    expect(await run(({ sendGrantKey }) => sendGrantKey({ grantId }))).toEqual({ outcome: 'owed', why: 'refused' });
    await refuse('sendPhoto', 1);
    expect(await run(({ sendGrantKey }) => sendGrantKey({ grantId }))).toEqual({ outcome: 'sent' });
    expect((await person.waitFor('Your key')).photoUrl).toBeUndefined();
  });

  it('shows in the message where it was asked for how it stands, in a new one when that is gone', async () => {
    const person = await harness.buyer();
    const show = (stage: 'panel-unavailable' | 'spent' | 'issued', messageId: number) =>
      run(({ showGrant }) => showGrant({ request: trialOf(person.id), messageId, stage }));
    await show('panel-unavailable', 999);
    const { messageId } = await person.waitFor('The trial is yours');
    await show('spent', messageId);
    expect((await person.waitFor('Come back tomorrow')).messageId).toBe(messageId);
    await given(person.id);
    await harness.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE user_id = $1`, [person.id]);
    await show('issued', messageId);
    await person.waitFor('Each person gets one trial');
  });

  it('tells the owners once when all of a day are given', async () => {
    for (let n = 0; n < 3; n += 1) {
      const request = trialOf((await harness.buyer()).id);
      await run(({ alertOwnersOfGrant }) => alertOwnersOfGrant({ request, about: 'spent' }));
    }
    expect(await ownerRead('trials are all given out')).toBe(1);
  });

  it('tells them for each person whose friends have had all of a day', async () => {
    const [one, two] = [await harness.buyer(), await harness.buyer()];
    for (const referrer of [one, one, two]) {
      const friend = await harness.buyer();
      await harness.pool.query('UPDATE users SET referred_by = $2 WHERE telegram_id = $1', [friend.id, referrer.id]);
      const request = trialOf(friend.id);
      await run(({ alertOwnersOfGrant }) => alertOwnersOfGrant({ request, about: 'friends-spent' }));
    }
    expect(await ownerRead('all the trials of today that one link may bring')).toBe(2);
  });

  it('tells them once for each grant whose panel is gone: what was given back and given anew is told anew', async () => {
    const request = trialOf((await harness.buyer()).id);
    for (const grantId of [randomUUID(), randomUUID()])
      for (let n = 0; n < 2; n += 1)
        await run(({ alertOwnersOfGrant }) => alertOwnersOfGrant({ grantId, request, about: 'panel-gone' }));
    expect(await ownerRead('its server is gone for good')).toBe(2);
  });

  it('is refused with the reason, and leaves nothing behind', async () => {
    const payment = await harness.paid(await harness.buyer());
    expect(await run(({ giveGrant }) => giveGrant(trialOf(payment.userId)))).toEqual({
      outcome: 'refused',
      why: 'not-new',
    });
    expect((await harness.pool.query('SELECT FROM free_grants WHERE user_id = $1', [payment.userId])).rowCount).toBe(0);
  });
});

describe('what a promo code gives for nothing', () => {
  /** Somebody who has bought, and asks for the seven days of a code. */
  async function asking() {
    const person = await harness.buyer();
    const { id } = await harness.paid(person);
    await harness.run('deliverSubscription', { paymentId: id });
    const { subscriptionId } = (await harness.reload(id)) as { subscriptionId: string };
    const { code } = await promoCode(harness.pool, { kind: 'days-alone', amount: 7 });
    const { id: promoId } = (await offerOf(harness.pool, person.id, code))!;
    const request = {
      ...{ kind: 'promo', source: freeUseId(promoId, person.id), userId: person.id, code, planCode: null },
      ...{ locationCode: 'nl', serverCode: null, renewsSubscriptionId: subscriptionId },
      grant: { days: 7, trafficGb: 0 },
      askedAt: Date.now(),
    } as PromoGrantRequest;
    return { person, request, subscriptionId };
  }

  it('G6: to somebody who has blocked the bot is given all the same, and once', async () => {
    const { person, request, subscriptionId } = await asking();
    await person.block();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(await run(({ giveGrant }) => giveGrant(request))).toMatchObject({ outcome: 'given' });
      expect(await run(({ deliverGrant }) => deliverGrant({ grantId: request.source }))).toEqual({ outcome: 'issued' });
      await run(({ showGrant }) => showGrant({ request, messageId: 1, stage: 'issued' }));
    }
    const { starts_at, expires_at } = await subscriptionOf(request.source);
    expect(expires_at.getTime() - starts_at.getTime()).toBe(37 * DAY_MS);
    expect(await bookDifferences(harness.pool, subscriptionId)).toEqual([]);
  });

  it('P5: days of a subscription that is there, on the panel once, however often each step is repeated', async () => {
    const { person, request, subscriptionId } = await asking();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const answer = await run(({ giveGrant }) => giveGrant(request));
      expect(answer).toEqual({ outcome: 'given', grantId: request.source });
      expect(await run(({ deliverGrant }) => deliverGrant({ grantId: request.source }))).toEqual({ outcome: 'issued' });
    }
    const { starts_at, expires_at, panel_user_id } = await subscriptionOf(request.source);
    expect(expires_at.getTime() - starts_at.getTime()).toBe(37 * DAY_MS);
    expect((await harness.accounts(0)).get(panel_user_id)).toMatchObject({ is_active: true, usage_limit_GB: 100 });
    expect(await bookDifferences(harness.pool, subscriptionId)).toEqual([]);
    await run(({ showGrant }) => showGrant({ request, messageId: 999_999, stage: 'issued' }));
    await createTelegramUser(harness.telegramUrl, person.id).waitFor('The present is there!');
  });
});
