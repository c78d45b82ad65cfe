/** Orders that are paid in the chat: the invoice comes there, as it was stored when the order was made. */
import { describe, expect, it } from '@jest/globals';
import { setTelegramFaults } from '../../simulators/telegram/driver';
import { createPayment } from '../../src/activities/provider/createPayment';
import { createSendInvoice } from '../../src/activities/provider/sendInvoice';
import { createApi, createTelegramStars } from '../../src/gateways/telegram';
import { providersOf } from '../../src/providers/registry';
import { STARS_CAN } from '../../src/providers/stars/label';
import { createInstallation } from '../../src/storage/postgres/installation';
import { aProvider } from '../providers/aProvider';
import { TOKEN, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
/** A provider that is paid in the chat: what is to be paid is all in what was stored. */
const inChat = aProvider({
  can: STARS_CAN,
  paymentRequest: ({ orderId, title }) => ({ payload: `order ${orderId}`, title }),
  create: async ({ body }) => ({
    outcome: 'created',
    ref: String(body['payload']),
    show: {
      kind: 'invoice',
      invoice: {
        title: String(body['title']),
        description: 'VPN',
        payload: String(body['payload']),
        price: { currency: 'XTR', minor: 150 },
      },
    },
    payableUntil: null,
  }),
});

async function order() {
  const providers = providersOf([inChat]);
  const { dependencies, payments } = harness;
  const buyer = await harness.buyer();
  const payment = await harness.open(buyer);
  const made = await createPayment(
    { ...dependencies, providers, installation: createInstallation(harness.pool), returnUrl: () => 'https://t.me/' },
    payment,
  );
  const stars = createTelegramStars(createApi({ token: TOKEN, apiRoot: harness.telegramUrl, timeoutMs: 5_000 }));
  const send = createSendInvoice({ ...dependencies, providers, payments, stars });
  return { buyer, payment, made, send: () => send(payment.id) };
}

const invoicesOf = async (buyer: Awaited<ReturnType<typeof order>>['buyer']) =>
  (await buyer.chat()).messages.filter(({ stars }) => stars?.kind === 'invoice').length;

describe('an order that is paid in the chat', () => {
  it('has its invoice sent, once however often it is asked for, and says so to its workflow', async () => {
    const { buyer, payment, made, send } = await order();
    expect(made).toEqual({ outcome: 'created', isInvoice: true });
    expect(await harness.reload(payment.id)).toMatchObject({ status: 'pending', confirmationUrl: null });
    await harness.pool.query(`UPDATE payments SET plan_name_en = 'Renamed' WHERE id = $1`, [payment.id]);
    await send();
    await send();
    expect(await invoicesOf(buyer)).toBe(1);
  });

  it('gets it later when Telegram is away, and not at all once the order has ended', async () => {
    const { buyer, payment, send } = await order();
    await setTelegramFaults(harness.telegramUrl, { down: true });
    await expect(send()).rejects.toThrow();
    await setTelegramFaults(harness.telegramUrl, { down: false });
    await harness.payments.transitionTo(payment.id, 'canceled', 'test');
    await send();
    expect(await invoicesOf(buyer)).toBe(0);
  });
});
