import type { CallLog } from '../calls';
import { ControlError } from '../controlError';
import type { ControlRoutes } from '../controlServer';
import type { App } from './app';
import { readDecimal } from './decimal';
import type { SignatureFault } from './faults';
import { payInvoice } from './invoices';
import { statusOf } from './status';
import type { StoredInvoice } from './store';
import { invoiceToWire, transferToWire } from './wire';

/** The control endpoints: what a payer, the owner or a test does to the simulated world. Never part of the service. */
export function createControl(app: App, calls: CallLog, reset: () => void): ControlRoutes {
  const { store, clock, faults, webhooks } = app;
  const invoice = (id: string): StoredInvoice => {
    const found = store.tables.invoices.find((known) => String(known.id) === id);
    if (!found) throw new ControlError(404, `no invoice ${id}`);
    return found;
  };
  const shown = (found: StoredInvoice) => invoiceToWire(app, found);
  const time = () => ({ offsetMs: clock.offsetMs, now: new Date(clock.now()).toISOString() });
  const webhook = () => ({ url: store.tables.webhookUrl, disabled: store.tables.webhookDisabled });
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  /** Amounts by asset. */
  const amounts = (body: Record<string, unknown>): Record<string, string> => {
    for (const [asset, value] of Object.entries(body))
      if (readDecimal(value) === undefined) throw new ControlError(400, `${asset}: a decimal as text is expected`);
    return body as Record<string, string>;
  };

  return {
    'GET /_sim/health': () => ({ ok: true }),
    'POST /_sim/reset': () => (reset(), { ok: true }),
    'GET /_sim/faults': () => faults.on,
    'PUT /_sim/faults': ({ body }) => (faults.patch(body), faults.on),
    'GET /_sim/calls': ({ query }) => calls.since(Number(query.get('since') ?? 0)),
    'GET /_sim/clock': time,
    'PUT /_sim/clock': ({ body: { offsetMs } }) => {
      if (typeof offsetMs !== 'number' || !Number.isFinite(offsetMs))
        throw new ControlError(400, 'offsetMs: a number of milliseconds is expected');
      store.tables.offsetMs = offsetMs;
      clock.setOffset(offsetMs);
      store.touch();
      return time();
    },
    'GET /_sim/webhook': webhook,
    'PUT /_sim/webhook': ({ body: { url } }) => {
      if (url !== null && (typeof url !== 'string' || !URL.canParse(url)))
        throw new ControlError(400, 'url: an address or null is expected');
      Object.assign(store.tables, { webhookUrl: url, webhookDisabled: false });
      store.touch();
      return webhook();
    },
    'GET /_sim/webhooks': () => store.tables.updates,
    'POST /_sim/webhooks': async ({ body }) => ({
      status: await webhooks.send(text(body['raw']) ?? JSON.stringify(body['body']), signature(body['signature'])),
    }),
    'POST /_sim/webhooks/:id/replay': async (_request, id) => {
      const status = await webhooks.replay(Number(id));
      if (status === undefined) throw new ControlError(404, `no update ${id}`);
      return { status };
    },
    'GET /_sim/invoices': () => store.tables.invoices.toReversed().map(shown),
    'GET /_sim/invoices/:id': (_request, id) => shown(invoice(id)),
    'POST /_sim/invoices/:id/pay': ({ body }, id) => {
      if (body['rate'] !== undefined) amounts({ rate: body['rate'] });
      payInvoice(app, invoice(id), body);
      return shown(invoice(id));
    },
    'POST /_sim/invoices/:id/expire': (_request, id) => {
      const found = invoice(id);
      if (statusOf(app, found) !== 'active') throw new ControlError(409, `invoice is ${statusOf(app, found)}`);
      Object.assign(found, { expiresAt: clock.now() });
      store.touch();
      return shown(found);
    },
    'POST /_sim/invoices/:id/notify': (_request, id) => {
      const found = invoice(id);
      if (!found.paid) throw new ControlError(409, 'invoice is not paid');
      webhooks.emitPaid(found.id, shown(found));
      return { ok: true };
    },
    'GET /_sim/transfers': () => store.tables.transfers.toReversed().map(transferToWire),
    'GET /_sim/balance': () => store.tables.balance,
    'PUT /_sim/balance': ({ body }) => {
      Object.assign(store.tables.balance, amounts(body));
      store.touch();
      return store.tables.balance;
    },
    'PUT /_sim/rates': ({ body }) => {
      Object.assign(store.tables.rates, amounts(body));
      store.touch();
      return store.tables.rates;
    },
    'PUT /_sim/users/:id': ({ body }, id) => {
      const others = store.tables.strangers.filter((known) => known !== Number(id));
      store.tables.strangers = body['hasStarted'] === false ? [...others, Number(id)] : others;
      store.touch();
      return { strangers: store.tables.strangers };
    },
    'POST /_sim/checks/:id/activate': (_request, id) => {
      const check = store.tables.checks.find((known) => String(known.id) === id);
      if (!check) throw new ControlError(404, `no check ${id}`);
      check.activatedAt ??= clock.now();
      store.touch();
      return { ok: true };
    },
  };
}

const SIGNATURES: readonly string[] = ['wrong', 'missing', 'upper-case', 'other-token', 'reserialised'];

/** How a forged update is signed; a right signature unless told. */
function signature(value: unknown): SignatureFault | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !SIGNATURES.includes(value))
    throw new ControlError(400, `signature: one of ${SIGNATURES.join(', ')} is expected`);
  return value as SignatureFault;
}
