import type { App } from './app';
import { currencies, exchangeRates } from './assets';
import { ApiError } from './errors';
import { createInvoice, deleteInvoice, getInvoices } from './invoices';
import type { Params } from './params';
import { createCheck, deleteCheck, getBalance, getChecks, getTransfers, transfer } from './payouts';
import { invoiceToWire } from './wire';

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

type Method = (app: App, params: Params) => unknown;

const METHODS: Readonly<Record<string, Method>> = {
  getMe: (app) => ({
    app_id: Number.parseInt(app.token, 10),
    name: 'GigaBridge',
    payment_processing_bot_username: app.isTestnet ? 'CryptoTestnetBot' : 'CryptoBot',
  }),
  createInvoice: (app, params) => invoiceToWire(app, createInvoice(app, params)),
  getInvoices,
  deleteInvoice,
  transfer,
  getTransfers,
  createCheck,
  getChecks,
  deleteCheck,
  getBalance,
  getExchangeRates: (app) => exchangeRates(app.store.tables.rates, app.faults.on),
  getCurrencies: () => currencies(),
};

/**
 * Carries a call out. The answer is `{ok: true, result}` or `{ok: false, error: {code, name}}` with the code as HTTP
 * status.
 */
export function answerApi(app: App, method: string, token: string | undefined, params: Params): Answer {
  try {
    if (token !== app.token) throw new ApiError(401, 'UNAUTHORIZED');
    if (app.faults.on.addressNotAllowed) throw new ApiError(403, 'IP_NOT_ALLOWED');
    if (app.faults.on.suspended) throw new ApiError(423, 'APP_SUSPENDED');
    const run = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (!run) throw new ApiError(405, 'METHOD_NOT_FOUND');
    return { status: 200, json: { ok: true, result: run(app, params) } };
  } catch (error) {
    if (error instanceof ApiError) return refusal(app, error.code, error.reason);
    throw error;
  }
}

export function refusal(app: App, code: number, name: string): Answer {
  return { status: code, json: { ok: false, error: { code, name: app.faults.on.otherNames ? 'OTHER_NAME' : name } } };
}
