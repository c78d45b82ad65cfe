/** What costs nothing and needs a person: the owner reads how it stands, and decides by a button. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TelegramUser } from '../../simulators/telegram/driver';
import { grantCaseId } from '../../src/domain/freeGrant';
import { grantAlertScreen } from '../../src/messages/screens/grantAlert';
import { offerTrial, trialGiven, trialRequest } from '../storage/postgres/trials';
import { waitUntil } from '../support/wait';
import { ADMIN_ID, openShop, startedOwner, type Shop } from './botHarness';

let shop: Shop;
let owner: TelegramUser;
beforeAll(async () => {
  shop = await openShop();
  await shop.startBot();
  owner = await startedOwner(shop);
});
afterAll(() => shop?.close());
beforeEach(() => {
  shop.grants.retried.length = 0;
  shop.grants.closed.length = 0;
  shop.grants.away = false;
  shop.grants.says = { status: 'unrecorded', note: 'it can’t be recorded' };
});

const GIFT = { kind: 'gift', source: '0b9f6b3e-1d2c-8a5b-8c7d-0123456789ab', userId: 4242 } as const;
/** What the last decision in the audit log says. */
const written = async () =>
  (
    await shop.pool.query<{ actor: string; action: string; details: object }>(
      'SELECT actor, action, details FROM audit_log ORDER BY id DESC LIMIT 1',
    )
  ).rows[0];
async function press(button: Parameters<TelegramUser['click']>[0]): Promise<string> {
  const before = (await owner.chat()).callbackAnswers.length;
  await owner.click(button);
  const answered = await waitUntil(async () => (await owner.chat()).callbackAnswers[before], { what: 'an answer' });
  return answered?.text ?? '';
}

describe('what can’t be recorded', () => {
  it('is shown by the button of the notice’s kind, tried now, and given up after a question; all of it is written down', async () => {
    const { keyboard } = grantAlertScreen({ request: GIFT, about: 'unrecorded' }, 'en');
    const data = (keyboard!.inline_keyboard[0]![0] as { callback_data: string }).callback_data;
    await owner.send(`/admin ${grantCaseId(GIFT)}`);
    await owner.waitFor('The shop fails to record it');
    await press({ messageId: (await owner.lastMessage())!.messageId, data });
    expect(await press('🔁 Try now')).toBe('Written down and passed on.');
    expect(shop.grants.retried).toEqual([GIFT.source]);
    expect(await written()).toMatchObject({
      actor: `operator:${ADMIN_ID}`,
      action: 'grant-retry',
      details: { grant: grantCaseId(GIFT), status: 'unrecorded', outcome: 'sent' },
    });
    await press('☑️ Give it up');
    await owner.waitFor('Are you sure?');
    expect(shop.grants.closed).toEqual([]);
    expect(await press('Yes, give it up')).toBe('Written down and passed on.');
    expect(shop.grants.closed).toEqual([GIFT.source]);
    expect(await written()).toMatchObject({ action: 'grant-close', details: { outcome: 'sent' } });
  });

  it('offers nothing that makes no sense: what waits for its panel is tried now, what is over is not', async () => {
    await offerTrial(shop.pool);
    const person = shop.buyer(4_100, { languageCode: 'en' });
    await person.start();
    await person.waitFor('Hello');
    await trialGiven(shop.pool, trialRequest(4_100));
    shop.grants.says = { status: 'waiting', note: 'x' };
    await owner.send('/admin grant-trial-4100');
    await owner.waitFor('its panel makes no key');
    const shown = (await owner.lastMessage())!;
    expect(shown.text).toContain('the panel has not made the key yet');
    expect(JSON.stringify(shown)).toContain('Try now');
    expect(JSON.stringify(shown)).not.toContain('Give it up');
    // An old button: it stands otherwise by now.
    shop.grants.says = { status: 'issued', note: 'x' };
    expect(await press('🔁 Try now')).toContain('cannot be decided now');
    shop.grants.away = true;
    await owner.send('/admin grant-trial-4100');
    await owner.waitFor('No workflow of it is known');
    expect(shop.grants.retried).toEqual([]);
  });

  it('is for admins alone', async () => {
    const person = shop.buyer(4_101, { languageCode: 'en' });
    await person.start();
    const hello = await person.waitFor('Hello');
    await person.send('/admin grant-trial-4101');
    await person.click({ messageId: hello.messageId, data: 'v1:grant-end-sure:trial.4101' });
    await waitUntil(async () => (await person.chat()).callbackAnswers.length > 0, { what: 'an answer' });
    expect(shop.grants.closed).toEqual([]);
  });
});
