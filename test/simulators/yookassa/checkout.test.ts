import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TEST_CARDS } from '../../../simulators/yookassa/cards';
import { openShop, RETURN_URL, type TestShop } from './simulatorClient';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(async () => shop.close());
beforeEach(async () => shop.sim('POST', '/reset'));

const open = async (change?: Record<string, unknown>) => {
  const created = await shop.newPayment(change);
  return { id: created['id'] as string, page: created['confirmation'].confirmation_url as string };
};
const press = (page: string, action: 'pay' | 'leave', card = '') =>
  fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ action, card }) });
const status = async (id: string) => (await shop.api('GET', `/payments/${id}`)).json;

describe('the checkout page', () => {
  it('shows the sum and the purchase, escaped, loads nothing from elsewhere, and has every button by name', async () => {
    const { page } = await open({
      description: 'VPN <script>alert(1)</script>',
      amount: { value: '1990.50', currency: 'RUB' },
    });
    const html = await (await fetch(page)).text();
    expect(html).toContain('1\u00a0990,50\u00a0₽');
    expect(html).not.toContain('<script>alert');
    expect(html).not.toMatch(/(src|href)=|url\(/);
    for (const name of ['card-input', 'pay', 'leave', ...TEST_CARDS.map((card) => `card-${card.number}`)]) {
      expect(html.split(`data-testid="${name}"`)).toHaveLength(2);
    }
  });

  it('sends the buyer back to the shop after paying, to the address as it was given', async () => {
    const { id, page } = await open();
    const answer = await press(page, 'pay', '5555 5555 5555 4444');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, RETURN_URL]);
    expect(await status(id)).toMatchObject({
      status: 'succeeded',
      payment_method: { card: { first6: '555555', last4: '4444' } },
    });
  });

  it('lets the buyer leave without paying; the payment stays payable', async () => {
    const { id, page } = await open();
    const answer = await press(page, 'leave');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, RETURN_URL]);
    expect((await status(id))['status']).toBe('pending');
    expect((await press(page, 'pay', '4111111111111111')).status).toBe(303);
    expect((await status(id))['status']).toBe('succeeded');
  });

  it.each(TEST_CARDS.filter((card) => card.decline).map((card) => [card.number, card.decline!] as const))(
    'card %s ends the payment with its own reason, and the buyer comes back all the same',
    async (number, decline) => {
      const { id, page } = await open();
      expect((await press(page, 'pay', number)).status).toBe(303);
      expect(await status(id)).toMatchObject({ status: 'canceled', paid: false, cancellation_details: decline });
    },
  );

  it.each(TEST_CARDS.filter((card) => !card.decline).map((card) => [card.number, card.threeDSecure] as const))(
    'card %s pays',
    async (number, applied) => {
      const { id, page } = await open();
      await press(page, 'pay', number);
      expect(await status(id)).toMatchObject({
        status: 'succeeded',
        paid: true,
        authorization_details: { three_d_secure: { applied } },
      });
    },
  );

  it('names 39 ways to fail, no number twice', () => {
    expect(TEST_CARDS.filter((card) => card.decline)).toHaveLength(39);
    expect(new Set(TEST_CARDS.map((card) => card.number)).size).toBe(TEST_CARDS.length);
  });

  it('takes no real card', async () => {
    const { id, page } = await open();
    const answer = await press(page, 'pay', '4276 0000 0000 0000');
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('тестовые карты');
    expect((await status(id))['status']).toBe('pending');
  });

  it('may let the buyer try another card after a decline', async () => {
    await shop.sim('PUT', '/faults', { declineKeepsPending: true });
    const { id, page } = await open();
    expect((await press(page, 'pay', '5555555555554600')).status).toBe(422);
    expect((await press(page, 'pay', '5555555555554444')).status).toBe(303);
    expect((await status(id))['status']).toBe('succeeded');
  });

  it('never takes money twice, and never after the hour', async () => {
    const paid = await open();
    await press(paid.page, 'pay', '5555555555554444');
    const again = await press(paid.page, 'pay', '5555555555554444');
    expect([again.status, (await again.text()).includes('data-status="succeeded"')]).toEqual([200, true]);

    const late = await open();
    await shop.sim('PUT', '/clock', { offsetMs: 61 * 60_000 });
    expect(await (await press(late.page, 'pay', '5555555555554444')).text()).toContain('Время на оплату вышло');
    expect((await status(late.id))['status']).toBe('canceled');
    expect((await press(late.page, 'leave')).headers.get('location')).toBe(RETURN_URL);
  });

  it('knows no payment but its own', async () => {
    expect((await fetch(`${shop.url}/checkout/payments/v2/contract?orderId=x`)).status).toBe(404);
  });
});
