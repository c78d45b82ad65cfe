import type { App } from './app';
import type { StoredInvoice } from './store';

export type InvoiceStatus = 'active' | 'paid' | 'expired';

/** An expired invoice is told to nobody: there is no event for it (Crypto Pay docs, webhooks). */
export function statusOf(app: App, invoice: StoredInvoice): InvoiceStatus {
  if (invoice.paid) return 'paid';
  return invoice.expiresAt !== undefined && app.clock.now() >= invoice.expiresAt ? 'expired' : 'active';
}
