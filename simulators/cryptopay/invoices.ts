import { randomBytes } from 'node:crypto';
import { ControlError } from '../controlError';
import type { App } from './app';
import { ASSETS, PAID_PLACES, rateOf } from './assets';
import { dividedBy, readDecimal, times, writeDecimal } from './decimal';
import { invalid } from './errors';
import { readInvoice } from './invoiceRequest';
import { page, type Params } from './params';
import { statusOf } from './status';
import type { InvoicePayment, StoredInvoice } from './store';
import { invoiceToWire } from './wire';

/** The app's fee; the real one depends on the app's tier. */
const FEE = readDecimal('0.01')!;

/** `createInvoice`. There is no idempotency key: a second call is a second invoice. */
export function createInvoice(app: App, params: Params): StoredInvoice {
  const { lifeSeconds, ...asked } = readInvoice(app, params);
  const createdAt = app.clock.now();
  const invoice: StoredInvoice = {
    ...asked,
    id: app.store.nextId(),
    hash: `IV${randomBytes(8).toString('base64url').replace(/[-_]/g, 'x')}`,
    createdAt,
    // Without expires_in there is no date, and the invoice stays payable.
    ...(lifeSeconds !== undefined && { expiresAt: createdAt + lifeSeconds * 1000 }),
  };
  app.store.tables.invoices.push(invoice);
  app.store.touch();
  return invoice;
}

/** `getInvoices`: filters asset, fiat, invoice_ids and status; ids that are unknown are absent from the answer. */
export function getInvoices(app: App, params: Params): unknown {
  const { newInvoiceHiddenMs = 0, oldestFirst, unknownStatusIgnored } = app.faults.on;
  let status = params.text('status');
  // Only active and paid are documented.
  if (status !== undefined && status !== 'active' && status !== 'paid') {
    if (!unknownStatusIgnored) throw invalid('STATUS_INVALID');
    status = undefined;
  }
  const ids = params.list('invoice_ids');
  if (ids?.some((id) => !/^\d{1,15}$/.test(id))) throw invalid('INVOICE_IDS_INVALID');
  const [asset, fiat] = [params.text('asset'), params.text('fiat')];
  const visible = app.store.tables.invoices.filter(
    (invoice) =>
      !invoice.deleted &&
      app.clock.now() >= invoice.createdAt + newInvoiceHiddenMs &&
      (ids === undefined || ids.includes(String(invoice.id))) &&
      (asset === undefined || invoice.asset === asset) &&
      (fiat === undefined || invoice.fiat === fiat) &&
      (status === undefined || statusOf(app, invoice) === status),
  );
  return { items: page(params, oldestFirst ? visible : visible.toReversed()).map((item) => invoiceToWire(app, item)) };
}

/** `deleteInvoice`: only an active one; afterwards it is in no list. */
export function deleteInvoice(app: App, params: Params): true {
  const id = Number(params.required('invoice_id'));
  const invoice = app.store.tables.invoices.find((known) => known.id === id && !known.deleted);
  if (!invoice) throw invalid('INVOICE_NOT_FOUND');
  if (
    statusOf(app, invoice) === 'active' &&
    app.faults.strike('paidBeforeDelete', { method: 'POST', path: 'deleteInvoice' })
  )
    payInvoice(app, invoice, {});
  if (statusOf(app, invoice) !== 'active') throw invalid('INVOICE_NOT_ACTIVE');
  invoice.deleted = true;
  app.store.touch();
  return true;
}

export interface PayOptions {
  /** What the payer pays in; the first accepted asset, or the invoice's own. */
  readonly asset?: string;
  /** Price of one unit of the asset in the invoice's fiat, at the moment of paying. */
  readonly rate?: string;
  readonly anonymously?: boolean;
  readonly comment?: string;
}

/** What the payer's tap does: once, in full, and never after the end. @throws ControlError 409 as the bot would say */
export function payInvoice(app: App, invoice: StoredInvoice, options: PayOptions): void {
  const status = statusOf(app, invoice);
  if (invoice.deleted || status !== 'active')
    throw new ControlError(409, `invoice is ${invoice.deleted ? 'deleted' : status}`);
  const asset = options.asset ?? invoice.asset ?? invoice.acceptedAssets?.[0] ?? 'USDT';
  if (invoice.asset === undefined ? invoice.acceptedAssets?.includes(asset) === false : invoice.asset !== asset)
    throw new ControlError(400, `invoice can't be paid in ${asset}`);
  if (!(asset in ASSETS)) throw new ControlError(400, `there is no asset ${asset}`);
  const { rates, balance } = app.store.tables;
  const asked = readDecimal(invoice.amount)!;
  const fiatRate =
    invoice.fiat === undefined ? undefined : (readDecimal(options.rate) ?? rateOf(asset, invoice.fiat, rates));
  const amount = fiatRate === undefined ? asked : dividedBy(asked, fiatRate, PAID_PLACES);
  const fee = times(amount, FEE);
  invoice.paid = {
    asset,
    amount: writeDecimal(amount),
    ...(fiatRate !== undefined && { fiatRate: writeDecimal(fiatRate) }),
    usdRate: writeDecimal(rateOf(asset, 'USD', rates)),
    fee: writeDecimal(fee),
    at: app.clock.now(),
    anonymously: invoice.allowAnonymous && options.anonymously === true,
    ...(invoice.allowComments && options.comment !== undefined && { comment: options.comment }),
    ...swap(app, invoice, asset, amount - fee),
  };
  balance[asset] = writeDecimal((readDecimal(balance[asset]) ?? 0n) + amount - fee);
  app.store.touch();
  app.webhooks.emitPaid(invoice.id, invoiceToWire(app, invoice));
}

/** Converting the receipt may fail, which changes nothing for the payer (Crypto Pay docs, Invoice `is_swapped`). */
function swap(app: App, invoice: StoredInvoice, asset: string, net: bigint): Pick<InvoicePayment, 'swapped'> {
  if (invoice.swapTo === undefined) return {};
  if (app.faults.on.swapsFail) return { swapped: 'failed' };
  const rate = dividedBy(rateOf(asset, 'USD', {}), rateOf(invoice.swapTo, 'USD', {}), PAID_PLACES);
  return { swapped: { output: writeDecimal(times(net, rate)), rate: writeDecimal(rate) } };
}
