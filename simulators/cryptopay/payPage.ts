import { ControlError } from '../controlError';
import type { App } from './app';
import { ASSETS } from './assets';
import { payInvoice } from './invoices';
import { statusOf } from './status';
import type { StoredInvoice } from './store';

const STYLE =
  'body{font:16px system-ui;margin:0;background:#f2f4f7;color:#17212b}main{max-width:420px;margin:6vh auto;padding:24px;' +
  'background:#fff;border-radius:16px}h1{font-size:18px}.amount{font-size:32px;margin:16px 0}button{display:block;' +
  'width:100%;padding:12px;margin:8px 0;border:0;border-radius:10px;background:#2a9ef1;color:#fff;font-size:16px}';

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** What the payer sees in place of the bot @CryptoBot, and what their tap does. */
export function answerPayPage(
  app: App,
  method: string,
  hash: string,
  form: URLSearchParams,
): { status: number; html: string } {
  const invoice = app.store.tables.invoices.find((known) => known.hash === hash && !known.deleted);
  if (!invoice) return { status: 404, html: page('<p data-testid="finished">Счёт не найден.</p>') };
  if (method === 'POST') {
    const asset = form.get('asset');
    try {
      payInvoice(app, invoice, asset === null ? {} : { asset });
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
    }
  }
  return { status: 200, html: page(order(invoice) + outcome(app, invoice)) };
}

function order(invoice: StoredInvoice): string {
  return (
    `<div class="amount" data-testid="amount">${invoice.amount} ${invoice.fiat ?? invoice.asset ?? ''}</div>` +
    `<p data-testid="description">${escapeHtml(invoice.texts['description'] ?? '')}</p>`
  );
}

function outcome(app: App, invoice: StoredInvoice): string {
  const status = statusOf(app, invoice);
  if (status === 'active') {
    const assets = invoice.asset === undefined ? (invoice.acceptedAssets ?? Object.keys(ASSETS)) : [invoice.asset];
    const buttons = assets.map(
      (asset) => `<button name="asset" value="${asset}" data-testid="pay-${asset}">Оплатить в ${asset}</button>`,
    );
    return `<form method="post">${buttons.join('')}</form>`;
  }
  const text = status === 'paid' ? 'Счёт оплачен.' : 'Срок оплаты вышел.';
  const { paid_btn_url: url, hidden_message: hidden } = invoice.texts;
  return (
    `<p data-testid="finished" data-status="${status}">${text}</p>` +
    (status === 'paid' && hidden !== undefined ? `<p>${escapeHtml(hidden)}</p>` : '') +
    (status === 'paid' && url !== undefined ? `<p><a href="${escapeHtml(url)}">Вернуться в магазин</a></p>` : '')
  );
}

function page(body: string): string {
  return (
    '<!doctype html><html lang="ru"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Crypto Pay</title>' +
    `<style>${STYLE}</style></head><body><main><h1>Crypto Pay · тестовый режим</h1>${body}</main></body></html>`
  );
}
