import type { App } from './app';
import { readDecimal, times, writeDecimal } from './decimal';
import { statusOf } from './status';
import type { StoredCheck, StoredInvoice, StoredTransfer } from './store';

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** The page of an invoice; the real addresses are on t.me and app.cr.bot, with the same hash in them. */
function payUrl(app: App, invoice: StoredInvoice): string {
  return `${app.publicUrl}/CryptoBot?start=${invoice.hash}`;
}

/**
 * The Invoice object (Crypto Pay docs). Amounts and rates are text, `fee_amount` is a number, and the payer is not in
 * it.
 */
export function invoiceToWire(app: App, invoice: StoredInvoice): Record<string, unknown> {
  const { paid } = invoice;
  const url = payUrl(app, invoice);
  return {
    invoice_id: invoice.id,
    hash: invoice.hash,
    currency_type: invoice.currencyType,
    ...(invoice.asset !== undefined && { asset: invoice.asset }),
    ...(invoice.fiat !== undefined && { fiat: invoice.fiat }),
    amount: invoice.amount,
    ...(invoice.acceptedAssets && { accepted_assets: invoice.acceptedAssets }),
    ...(invoice.swapTo !== undefined && { swap_to: invoice.swapTo }),
    ...(paid && {
      paid_asset: paid.asset,
      paid_amount: paid.amount,
      ...(paid.fiatRate !== undefined && { paid_fiat_rate: paid.fiatRate }),
      paid_usd_rate: paid.usdRate,
      fee_asset: paid.asset,
      fee_amount: app.faults.on.feeAsText ? paid.fee : Number(paid.fee),
      fee_in_usd: writeDecimal(times(readDecimal(paid.fee)!, readDecimal(paid.usdRate)!)),
      ...swapFields(invoice),
    }),
    pay_url: url,
    bot_invoice_url: url,
    mini_app_invoice_url: `${app.publicUrl}/CryptoBot/app?startapp=invoice-${invoice.hash}`,
    web_app_invoice_url: `${app.publicUrl}/invoices/${invoice.hash}`,
    ...invoice.texts,
    status: statusOf(app, invoice),
    created_at: instant(invoice.createdAt),
    ...(invoice.expiresAt !== undefined && { expiration_date: instant(invoice.expiresAt) }),
    allow_comments: invoice.allowComments,
    allow_anonymous: invoice.allowAnonymous,
    ...(paid && {
      paid_at: instant(paid.at),
      paid_anonymously: paid.anonymously,
      ...(paid.comment !== undefined && { comment: paid.comment }),
    }),
  };
}

function swapFields({ paid, swapTo }: StoredInvoice): Record<string, unknown> {
  if (paid?.swapped === undefined) return {};
  if (paid.swapped === 'failed') return { is_swapped: false };
  return { is_swapped: true, swapped_to: swapTo, swapped_rate: paid.swapped.rate, swapped_output: paid.swapped.output };
}

export function transferToWire(transfer: StoredTransfer): Record<string, unknown> {
  return {
    transfer_id: transfer.id,
    spend_id: transfer.spendId,
    user_id: transfer.userId,
    asset: transfer.asset,
    amount: transfer.amount,
    status: 'completed',
    completed_at: instant(transfer.at),
    ...(transfer.comment !== undefined && { comment: transfer.comment }),
  };
}

export function checkToWire(app: App, check: StoredCheck): Record<string, unknown> {
  return {
    check_id: check.id,
    hash: check.hash,
    asset: check.asset,
    amount: check.amount,
    bot_check_url: `${app.publicUrl}/CryptoBot?start=${check.hash}`,
    status: check.activatedAt === undefined ? 'active' : 'activated',
    created_at: instant(check.createdAt),
    ...(check.activatedAt !== undefined && { activated_at: instant(check.activatedAt) }),
  };
}
