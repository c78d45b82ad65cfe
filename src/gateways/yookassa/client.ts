import type { z } from 'zod';
import { GatewayError } from '../errors';
import { httpCall, type HttpObserver } from '../http';
import { parseJson } from '../text';
import {
  listSchema,
  paymentSchema,
  refundSchema,
  shopSchema,
  type Dated,
  type YooList,
  type YooPayment,
  type YooRefund,
  type YooShop,
} from './answers';
import { paymentsPath, refundsPath, type PaymentFilter, type RefundFilter } from './filters';
import { refusal } from './refusals';
import type { YooPaymentRequest, YooRefundRequest } from './requests';

export interface YooKassaClientOptions {
  /** With the version and without a slash at the end: `https://api.yookassa.ru/v3`. */
  readonly baseUrl: string;
  readonly shopId: string;
  readonly secretKey: string;
  /** In ms, for a whole call. Default 35 000 for POST, 10 000 for GET. */
  readonly timeouts?: { readonly postMs?: number; readonly getMs?: number };
  readonly observe?: HttpObserver;
}

/**
 * Every method throws {@link GatewayError}. After `unknown-outcome` of a POST, repeat the same body with the same key.
 */
export interface YooKassaClient {
  /**
   * Creates a payment, or returns the one that this key has created before, in its present status.
   * The key and the body must be stored before the call; YooKassa keeps both for 24 h.
   */
  createPayment(body: YooPaymentRequest, idempotenceKey: string, signal?: AbortSignal): Promise<Dated<YooPayment>>;
  /** @throws GatewayError for which `isUnknownObject` is true when there is no such payment. */
  getPayment(id: string, signal?: AbortSignal): Promise<YooPayment>;
  listPayments(filter?: PaymentFilter, signal?: AbortSignal): Promise<Dated<YooList<YooPayment>>>;
  /** The answer may be `pending`. When such a refund ends as `canceled`, YooKassa sends no notification. */
  createRefund(body: YooRefundRequest, idempotenceKey: string, signal?: AbortSignal): Promise<YooRefund>;
  getRefund(id: string, signal?: AbortSignal): Promise<YooRefund>;
  listRefunds(filter?: RefundFilter, signal?: AbortSignal): Promise<Dated<YooList<YooRefund>>>;
  /** The shop that these credentials belong to, to check key, mode (`test`) and receipts against the configuration. */
  getMe(signal?: AbortSignal): Promise<YooShop>;
}

/**
 * YooKassa answers 500 when it has no result within 30 s (YooKassa docs, interaction format). Waiting longer than that
 * gets its answer instead of a time-out.
 */
const POST_TIMEOUT_MS = 35_000;
/** A read has no effect, so it is repeated early. */
const GET_TIMEOUT_MS = 10_000;

/**
 * Narrower than the published pattern, whose `+-_` can be read as a range: these characters are allowed in both
 * readings.
 */
const IDEMPOTENCE_KEY = /^[0-9A-Za-z+\-_.]{1,64}$/;
const OBJECT_ID = /^[0-9A-Za-z-]{1,64}$/;

/** YooKassa API v3 over HTTP Basic. The credentials stay in this closure: no property, error or metric shows them. */
export function createYooKassaClient(options: YooKassaClientOptions): YooKassaClient {
  const authorization = `Basic ${Buffer.from(`${options.shopId}:${options.secretKey}`).toString('base64')}`;
  const baseUrl = options.baseUrl.replace(/\/+$/, '');

  interface Call<Schema extends z.ZodType> {
    readonly operation: string;
    readonly path: string;
    readonly schema: Schema;
    readonly post?: { readonly body: unknown; readonly key: string };
    readonly signal?: AbortSignal | undefined;
  }

  async function call<Schema extends z.ZodType>({
    operation,
    path,
    schema,
    post,
    signal,
  }: Call<Schema>): Promise<Dated<z.output<Schema>>> {
    const answer = await httpCall(
      {
        service: 'yookassa',
        operation,
        method: post ? 'POST' : 'GET',
        url: `${baseUrl}${path}`,
        headers: { Authorization: authorization, ...(post && { 'Idempotence-Key': post.key }) },
        ...(post && { json: post.body }),
        timeoutMs: post ? (options.timeouts?.postMs ?? POST_TIMEOUT_MS) : (options.timeouts?.getMs ?? GET_TIMEOUT_MS),
        signal,
      },
      options.observe,
    );
    // YooKassa answers success with 200 only; 201 or 204 would come from something in between.
    if (answer.status !== 200) throw refusal(operation, answer);
    const read = schema.safeParse(parseJson(answer.text));
    if (!read.success)
      throw unreadable(operation, read.error.issues.map((issue) => issue.path.join('.') || 'body').join(', '));
    return { ...(read.data as object), answeredAt: dateOf(answer.headers.get('date')) } as Dated<z.output<Schema>>;
  }

  return {
    async createPayment(body, key, signal) {
      const post = { body, key: checkedKey('createPayment', key) };
      const payment = await call({
        operation: 'createPayment',
        path: '/payments',
        schema: paymentSchema,
        post,
        signal,
      });
      // A pending payment without the address of its page can't be paid; a repeat may bring the address.
      if (payment.status === 'pending' && payment.confirmationUrl === undefined)
        throw unreadable('createPayment', 'confirmation.confirmation_url');
      return payment;
    },
    getPayment: async (id, signal) =>
      call({
        operation: 'getPayment',
        path: `/payments/${checkedId('getPayment', id)}`,
        schema: paymentSchema,
        signal,
      }),
    listPayments: async (filter = {}, signal) =>
      call({
        operation: 'listPayments',
        path: paymentsPath(filter),
        schema: listSchema(paymentSchema),
        signal,
      }),
    createRefund: async (body, key, signal) =>
      call({
        operation: 'createRefund',
        path: '/refunds',
        schema: refundSchema,
        post: { body, key: checkedKey('createRefund', key) },
        signal,
      }),
    getRefund: async (id, signal) =>
      call({ operation: 'getRefund', path: `/refunds/${checkedId('getRefund', id)}`, schema: refundSchema, signal }),
    listRefunds: async (filter = {}, signal) =>
      call({
        operation: 'listRefunds',
        path: refundsPath(filter),
        schema: listSchema(refundSchema),
        signal,
      }),
    getMe: async (signal) => call({ operation: 'getMe', path: '/me', schema: shopSchema, signal }),
  };
}

function dateOf(header: string | null): Date | undefined {
  const ms = Date.parse(header ?? '');
  return Number.isNaN(ms) ? undefined : new Date(ms);
}

/**
 * A 200 that can't be read. A POST may have taken effect, so the same key must be used again. The answer's text is left
 * out: it may contain the buyer's data.
 */
function unreadable(operation: string, where: string): GatewayError {
  const message = `yookassa ${operation}: unreadable answer (${where})`;
  return new GatewayError(message, { service: 'yookassa', kind: 'unknown-outcome', operation, status: 200 });
}

function checkedKey(operation: string, key: string): string {
  if (IDEMPOTENCE_KEY.test(key)) return key;
  throw new GatewayError(
    `yookassa ${operation}: an Idempotence-Key has 1 to 64 characters out of 0-9 A-Z a-z + - _ .; nothing was sent`,
    {
      service: 'yookassa',
      kind: 'refused',
      operation,
      parameter: 'Idempotence-Key',
    },
  );
}

function checkedId(operation: string, id: string): string {
  if (OBJECT_ID.test(id)) return id;
  const message = `yookassa ${operation}: not an id of YooKassa; nothing was sent`;
  throw new GatewayError(message, { service: 'yookassa', kind: 'refused', operation, parameter: 'id' });
}
