/** What owner and buyer read when YooKassa makes no payment for an order, because of how the shop is set up. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createTelegramUser } from '../../simulators/telegram/driver';
import { createRefusedOrderNotice } from '../../src/activities/refusedOrderNotice';
import { createProviderCheck } from '../../src/activities/serviceChecks';
import { createProviders } from '../../src/providers/registry';
import { setFaults } from '../support/buyer';
import { inActivity } from '../jobs/fakes';
import { OWNER, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
const owner = () => createTelegramUser(harness.telegramUrl, OWNER);

/** Words of the owner's messages of this test, oldest first. */
let told: () => Promise<string[]>;
beforeEach(async () => {
  await harness.pool.query(`TRUNCATE outages; DELETE FROM notifications`);
  await harness.pool.query(`UPDATE users SET language = 'ru' WHERE telegram_id = ${OWNER}`);
  const messages = async () => (await owner().chat()).messages.filter(({ from }) => from === 'bot');
  const before = (await messages()).length;
  told = async () => (await messages()).slice(before).map(({ text }) => text ?? '');
});

/** An order that YooKassa refuses, as its workflow leaves it. */
async function refused() {
  const buyer = await harness.buyer();
  const { id: paymentId } = await harness.open(buyer);
  const answer = await harness.run('createPayment', { paymentId });
  if (answer.outcome !== 'refused') throw new Error('YooKassa has made it');
  const { reason, said = '' } = answer;
  await harness.run('recordStatus', { paymentId, status: 'canceled', reason, onlyFrom: 'created' });
  const tell = () => harness.run('tellOwnerOfRefusedOrder', { paymentId, reason: reason as 'provider-refused', said });
  const screen = async () => {
    await harness.run('refreshPaymentScreen', { paymentId });
    return (await buyer.lastMessage())!.text!;
  };
  return { paymentId, answer, tell, screen };
}

describe('a shop that must make receipts and does not', () => {
  it('hears what YooKassa says, once for all orders of the hour; and only then buyers read that it was told', async () => {
    await setFaults(harness.yookassaUrl, { receiptRequired: true });
    const first = await refused();
    expect(first.answer).toMatchObject({ reason: 'provider-refused', said: 'HTTP 400, invalid_request, receipt' });
    expect(await first.screen()).toContain('did not accept this order');
    expect(await first.screen()).not.toContain('owner has been told');

    expect(await first.tell()).toEqual({ told: true });
    expect(await told()).toEqual([expect.stringMatching(/HTTP 400, invalid_request, receipt.*Дело в чеках/s)]);
    expect((await told())[0]).toContain(first.paymentId);
    expect(await first.screen()).toContain('owner has been told');

    const second = await refused();
    expect(await second.tell()).toEqual({ told: true });
    expect(await second.screen()).toContain('owner has been told');
    expect(await told()).toHaveLength(1);
  });

  it('and whose owner can’t be written to: no buyer reads that they know', async () => {
    await setFaults(harness.yookassaUrl, { receiptRequired: true });
    await owner().block();
    const { tell, screen } = await refused();
    expect(await tell()).toEqual({ told: false });
    expect(await screen()).not.toContain('owner has been told');
    await owner().unblock();
  });
});

describe('orders refused for one reason', () => {
  it('are told of again 60 minutes after the last time, whatever the clock says', async () => {
    const { dependencies } = harness;
    let at = '2026-03-28T09:59:00Z';
    const tellOfRefusedOrder = createRefusedOrderNotice({ ...dependencies, now: () => new Date(at) });
    const tellAt = async (time: string, said = 'HTTP 400, invalid_request, a_b') => {
      at = time;
      const payment = await harness.open(await harness.buyer());
      const about = { reason: 'provider-refused', said } as const;
      expect(await inActivity(() => tellOfRefusedOrder(payment, about))).toBe(true);
      return (await told()).length;
    };
    expect(await tellAt('2026-03-28T09:59:00Z')).toBe(1);
    expect(await tellAt('2026-03-28T10:01:00Z')).toBe(1);
    expect(await tellAt('2026-03-28T10:58:59Z')).toBe(1);
    // Another reason has its own hour, also one that is alike.
    expect(await tellAt('2026-03-28T10:58:59Z', 'HTTP 400, invalid_request, axb')).toBe(2);
    expect(await tellAt('2026-03-28T10:59:00Z')).toBe(3);
    expect(await tellAt('2026-03-28T11:58:00Z')).toBe(3);
  });
});

describe('a shop whose key is wrong', () => {
  it('hears of one outage of YooKassa, however many orders it refuses', async () => {
    const { dependencies } = harness;
    const providers = createProviders({
      ...dependencies,
      settings: { ...dependencies.settings, YOOKASSA_SECRET_KEY: 'test_wrong' },
    });
    const tellOfRefusedOrder = createRefusedOrderNotice({
      ...dependencies,
      checkProvider: createProviderCheck({ ...dependencies, providers }),
    });
    for (let order = 0; order < 2; order += 1) {
      const payment = await harness.open(await harness.buyer());
      const about = { reason: 'provider-credentials', said: 'HTTP 401, invalid_credentials' } as const;
      expect(await inActivity(() => tellOfRefusedOrder(payment, about))).toBe(true);
    }
    expect(await told()).toEqual([expect.stringMatching(/ЮKassa: магазину отказано/)]);
  });
});
