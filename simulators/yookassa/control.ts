import type { CallLog } from '../calls';
import { ControlError } from '../controlError';
import type { ControlRoutes } from '../controlServer';
import { DEFAULT_CARD } from './cards';
import { ApiError } from './errors';
import { toWire } from './money';
import { chargeSaved, expirePayment, findPayment, payPayment } from './payments';
import { registerReceipts } from './receipts';
import { createRefund, settleRefund, settleUnlessHeld } from './refunds';
import type { Shop } from './shop';
import { paymentToWire, refundToWire } from './wire';

/** The control endpoints: what a person or a test does to the simulated world. Never part of the real service. */
export function createControl(shop: Shop, calls: CallLog, reset: () => void): ControlRoutes {
  const payment = (id: string) => findPayment(shop, id, new ApiError(404, 'not_found', `no payment ${id}`));
  const method = (id: string) => {
    const found = shop.store.methods.get(id);
    if (!found) throw new ControlError(404, `no saved method ${id}`);
    return found;
  };
  const newest = <Item>(items: Iterable<Item>) => [...items].reverse();
  const clock = () => ({ offsetMs: shop.clock.offsetMs, now: new Date(shop.clock.now()).toISOString() });
  const webhook = () => ({ url: shop.store.webhookUrl });

  const routes: ControlRoutes = {
    'GET /_sim/health': () => ({ ok: true }),
    'POST /_sim/reset': () => (reset(), { ok: true }),
    'GET /_sim/faults': () => shop.faults.on,
    'PUT /_sim/faults': ({ body }) => {
      shop.faults.patch(body);
      if (!shop.faults.on.webhookReorder) shop.webhooks.releaseHeld();
      // Refunds wait for as long as the switch is on; off again, they end, in success unless `refundsCanceled` says
      // otherwise.
      for (const refund of shop.store.refunds.values()) settleUnlessHeld(shop, refund);
      for (const waiting of shop.store.payments.values()) chargeSaved(shop, waiting);
      if (!shop.faults.on.receiptsPending) registerWaitingReceipts(shop);
      return shop.faults.on;
    },
    'GET /_sim/calls': ({ query }) => calls.since(Number(query.get('since') ?? 0)),
    'GET /_sim/clock': clock,
    'PUT /_sim/clock': ({ body }) => {
      const { offsetMs } = body;
      if (typeof offsetMs !== 'number' || !Number.isFinite(offsetMs))
        throw new ControlError(400, 'offsetMs: a number of milliseconds is expected');
      shop.store.offsetMs = offsetMs;
      shop.clock.setOffset(offsetMs);
      shop.store.touch();
      return clock();
    },
    'GET /_sim/webhook': webhook,
    'PUT /_sim/webhook': ({ body }) => {
      const { url } = body;
      if (url !== null && (typeof url !== 'string' || !URL.canParse(url)))
        throw new ControlError(400, 'url: an address or null is expected');
      shop.store.webhookUrl = url;
      shop.store.touch();
      return webhook();
    },
    'GET /_sim/webhooks': () => shop.store.deliveries,
    'POST /_sim/webhooks': async ({ body }) => ({ status: await shop.webhooks.send(body) }),
    'POST /_sim/webhooks/:id/replay': async (_request, id) => {
      const status = await shop.webhooks.replay(Number(id));
      if (status === undefined) throw new ControlError(404, `no notification ${id}`);
      return { status };
    },
    'GET /_sim/payments': () => newest(shop.store.payments.values()).map((item) => paymentToWire(shop, item)),
    'GET /_sim/payments/:id': (_request, id) => paymentToWire(shop, payment(id)),
    'POST /_sim/payments/:id/pay': ({ body }, id) => {
      const paid = payment(id);
      if (paid.status !== 'pending') throw new ControlError(409, `payment is ${paid.status}`);
      payPayment(shop, paid, typeof body['card'] === 'string' ? body['card'] : DEFAULT_CARD, body['save'] === true);
      return paymentToWire(shop, paid);
    },
    'POST /_sim/payments/:id/expire': ({ body }, id) => {
      const reason = typeof body['reason'] === 'string' ? body['reason'] : undefined;
      if (!expirePayment(shop, payment(id), reason)) throw new ControlError(409, 'payment is final');
      return paymentToWire(shop, payment(id));
    },
    'GET /_sim/methods': () => [...shop.store.methods.values()].toReversed(),
    'POST /_sim/methods/:id/revoke': (_request, id) => {
      method(id).isRevoked = true;
      shop.store.touch();
      return method(id);
    },
    'PUT /_sim/methods/:id': ({ body: { declinedBecause: reason, times } }, id) => {
      if (reason === null) delete method(id).decline;
      else if (typeof reason === 'string') method(id).decline = { reason, ...(typeof times === 'number' && { times }) };
      else throw new ControlError(400, 'declinedBecause: a reason or null is expected');
      shop.store.touch();
      return method(id);
    },
    'GET /_sim/refunds': () => newest(shop.store.refunds.values()).map(refundToWire),
    'POST /_sim/refunds': ({ body }) => {
      const paymentId = body['paymentId'] ?? body['payment_id'];
      return refundToWire(
        createRefund(
          shop,
          { payment_id: paymentId, amount: cabinetAmount(shop, String(paymentId), body['amount']) },
          { inCabinet: true, isHeld: body['isPending'] === true },
        ),
      );
    },
    'POST /_sim/refunds/:id/settle': ({ body }, id) => {
      const refund = shop.store.refunds.get(id);
      if (!refund) throw new ControlError(404, `no refund ${id}`);
      if (refund.status !== 'pending') throw new ControlError(409, `refund is ${refund.status}`);
      settleRefund(shop, refund, typeof body['canceledBecause'] === 'string' ? body['canceledBecause'] : undefined);
      return refundToWire(refund);
    },
  };

  // A refusal of the API is one of the control call, too.
  return Object.fromEntries(
    Object.entries(routes).map(([name, handler]) => [
      name,
      async (request, id) => {
        try {
          return await handler(request, id);
        } catch (error) {
          if (error instanceof ApiError) throw new ControlError(error.status, error.description);
          throw error;
        }
      },
    ]),
  ) as ControlRoutes;
}

/** The receipts of money that has moved, which waited for as long as `receiptsPending` was on. */
function registerWaitingReceipts(shop: Shop): void {
  for (const payment of shop.store.payments.values())
    if (payment.status === 'succeeded' && payment.receiptRegistration === 'pending')
      registerReceipts(shop, payment, { payment_id: payment.id });
  for (const refund of shop.store.refunds.values())
    if (refund.status === 'succeeded' && refund.receiptRegistration === 'pending')
      registerReceipts(shop, refund, { refund_id: refund.id });
}

/** The amount of a refund made in the cabinet: `"100.00"`, a money object, or nothing for all that is left. */
function cabinetAmount(shop: Shop, paymentId: string, amount: unknown): unknown {
  if (typeof amount === 'string') return { value: amount, currency: 'RUB' };
  if (amount !== undefined) return amount;
  const payment = shop.store.payments.get(paymentId);
  const left = payment ? payment.amountKopecks - payment.refundedKopecks : 0;
  return toWire(left, 'RUB');
}
