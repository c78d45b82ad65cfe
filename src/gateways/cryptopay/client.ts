import { z } from 'zod';
import { httpCall, type HttpObserver } from '../http';
import { parseJson } from '../text';
import {
  appSchema,
  balanceSchema,
  invoiceSchema,
  listSchema,
  transferSchema,
  type AssetBalance,
  type CryptoApp,
  type CryptoInvoice,
  type CryptoList,
  type CryptoTransfer,
} from './answers';
import { neverSent, refusal, unreadable } from './refusals';
import { INVOICES_PER_CALL, type CryptoInvoiceRequest, type CryptoTransferRequest } from './requests';

export interface CryptoPayClientOptions {
  /** Without `/api` and without a slash at the end: `https://pay.crypt.bot`. */
  readonly baseUrl: string;
  /** `<app id>:<secret>`, of one network only: the test network refuses the main network's. */
  readonly token: string;
  /** In ms, for a whole call. Default 30 000 for what has an effect, 10 000 for reads. */
  readonly timeouts?: { readonly writeMs?: number; readonly readMs?: number };
  readonly observe?: HttpObserver;
}

/** One page of a list. Its order is not documented: nothing may be concluded from it. */
export interface InvoicePage {
  /** Only these two can be asked for. */
  readonly status?: 'active' | 'paid';
  /** Default 0. */
  readonly offset?: number;
  /** 1 to 1000, default 1000. */
  readonly count?: number;
}

/** Every method throws GatewayError. Nothing is repeated here, for no call but the reads may be. */
export interface CryptoPayClient {
  /** After `unknown-outcome` there may be an invoice: look for its payload among the lists before the next. */
  createInvoice(body: CryptoInvoiceRequest, signal?: AbortSignal): Promise<CryptoInvoice>;
  /**
   * These invoices, by id, in as many calls as their number needs. Absent is what Crypto Pay does not list: an unknown
   * one, one that was deleted, or one that was made a moment ago. So absent is not ended.
   */
  getInvoices(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, CryptoInvoice>>;
  listInvoices(page?: InvoicePage, signal?: AbortSignal): Promise<CryptoList<CryptoInvoice>>;
  /**
   * Afterwards it can't be paid. Refused for one that is paid, expired or unknown: read it to know which.
   */
  deleteInvoice(id: string, signal?: AbortSignal): Promise<void>;
  /** A refusal may mean that this `spend_id` was used: `getTransfer` says whether that was this very transfer. */
  transfer(body: CryptoTransferRequest, signal?: AbortSignal): Promise<CryptoTransfer>;
  /** One page of all transfers of the app. */
  listTransfers(page?: Omit<InvoicePage, 'status'>, signal?: AbortSignal): Promise<CryptoList<CryptoTransfer>>;
  /** The transfer of this `spend_id`; `undefined` when there is none. */
  getTransfer(spendId: string, signal?: AbortSignal): Promise<CryptoTransfer | undefined>;
  /** Whose token it is. */
  getMe(signal?: AbortSignal): Promise<CryptoApp>;
  /** What transfers are paid from. */
  getBalance(signal?: AbortSignal): Promise<readonly AssetBalance[]>;
}

const WRITE_TIMEOUT_MS = 30_000;
/** A read has no effect, so it is repeated early. */
const READ_TIMEOUT_MS = 10_000;

const INVOICE_ID = /^\d{1,20}$/;
const envelope = z.object({ ok: z.literal(true), result: z.unknown() });
const invoices = listSchema(invoiceSchema, 'invoice_id');
const transfers = listSchema(transferSchema, 'transfer_id');

/** Crypto Pay API. The token stays in this closure: no property, error or metric shows it. */
export function createCryptoPayClient(options: CryptoPayClientOptions): CryptoPayClient {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const timeoutOf = (isWrite: boolean) =>
    isWrite ? (options.timeouts?.writeMs ?? WRITE_TIMEOUT_MS) : (options.timeouts?.readMs ?? READ_TIMEOUT_MS);

  interface Call<Schema extends z.ZodType> {
    readonly operation: string;
    readonly schema: Schema;
    readonly body?: object;
    readonly isWrite?: boolean;
    readonly signal: AbortSignal | undefined;
  }

  async function call<Schema extends z.ZodType>(call: Call<Schema>): Promise<z.output<Schema>> {
    const { operation, schema, isWrite = false, signal } = call;
    const answer = await httpCall(
      {
        service: 'cryptopay',
        operation,
        // Reads as well: a thousand ids are longer than an address may be.
        method: 'POST',
        url: `${baseUrl}/api/${operation}`,
        headers: { 'Crypto-Pay-API-Token': options.token },
        json: call.body ?? {},
        timeoutMs: timeoutOf(isWrite),
        signal,
      },
      options.observe,
    );
    if (answer.status !== 200) throw refusal(operation, answer);
    const body = envelope.safeParse(parseJson(answer.text));
    if (!body.success) throw unreadable(operation, 'ok');
    const read = schema.safeParse(body.data.result);
    if (read.success) return read.data;
    throw unreadable(operation, read.error.issues.map((issue) => issue.path.join('.') || 'result').join(', '));
  }

  return {
    async createInvoice(body, signal) {
      const invoice = await call({
        operation: 'createInvoice',
        schema: invoiceSchema,
        body,
        isWrite: true,
        signal,
      });
      // An active invoice without the address of its page can't be paid; a list may bring the address.
      if (invoice.payUrl === undefined) throw unreadable('createInvoice', 'bot_invoice_url');
      return invoice;
    },
    async getInvoices(ids, signal) {
      const asked = [...new Set(ids)];
      const wrong = asked.find((id) => !INVOICE_ID.test(id));
      if (wrong !== undefined) throw neverSent('getInvoices', 'invoice_ids', 'not an id of Crypto Pay');
      const found = new Map<string, CryptoInvoice>();
      for (let from = 0; from < asked.length; from += INVOICES_PER_CALL) {
        const body = { invoice_ids: asked.slice(from, from + INVOICES_PER_CALL).join(','), count: INVOICES_PER_CALL };
        const { items } = await call({ operation: 'getInvoices', schema: invoices, body, signal });
        for (const invoice of items) found.set(invoice.id, invoice);
      }
      return found;
    },
    listInvoices: async ({ status, offset = 0, count = INVOICES_PER_CALL } = {}, signal) =>
      call({
        operation: 'getInvoices',
        schema: invoices,
        body: { offset, count, ...(status !== undefined && { status }) },
        signal,
      }),
    async deleteInvoice(id, signal) {
      if (!INVOICE_ID.test(id)) throw neverSent('deleteInvoice', 'invoice_id', 'not an id of Crypto Pay');
      const body = { invoice_id: Number(id) };
      await call({ operation: 'deleteInvoice', schema: z.literal(true), body, isWrite: true, signal });
    },
    transfer: async (body, signal) =>
      call({ operation: 'transfer', schema: transferSchema, body, isWrite: true, signal }),
    listTransfers: async ({ offset = 0, count = INVOICES_PER_CALL } = {}, signal) =>
      call({ operation: 'getTransfers', schema: transfers, body: { offset, count }, signal }),
    async getTransfer(spendId, signal) {
      const { items, unreadable: damaged } = await call({
        operation: 'getTransfers',
        schema: transfers,
        body: { spend_id: spendId },
        signal,
      });
      const found = items.find((transfer) => transfer.spendId === spendId);
      // A version that does not know the filter gives all transfers.
      if (found === undefined && (damaged.length > 0 || items.some((transfer) => transfer.spendId === undefined)))
        throw unreadable('getTransfers', 'spend_id');
      return found;
    },
    getMe: async (signal) => call({ operation: 'getMe', schema: appSchema, signal }),
    getBalance: async (signal) => call({ operation: 'getBalance', schema: balanceSchema, signal }),
  };
}
