import { ApiError, invalid, notFound } from './errors';
import { errorAnswer, once, type Answer, type Made } from './idempotence';
import { listObjects } from './lists';
import { cancelPayment, capturePayment, createPayment, findPayment } from './payments';
import { createReceipt } from './receipts';
import { createRefund } from './refunds';
import type { Shop } from './shop';
import { paymentToWire, refundToWire } from './wire';

export interface ApiRequest {
  readonly method: string;
  /** Behind `/v3`, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly idempotenceKey: string | undefined;
  readonly raw: string;
}

/** The answer of the service; `json` is undefined where it documents no JSON body (405, 415). */
export function answerApi(shop: Shop, request: ApiRequest): Answer {
  try {
    authorize(shop, request.authorization);
    return request.method === 'GET'
      ? get(shop, request)
      : request.method === 'POST'
        ? post(shop, request)
        : { status: 405, json: undefined };
  } catch (error) {
    if (error instanceof ApiError) return errorAnswer(error);
    throw error;
  }
}

/** @throws ApiError 401 */
function authorize(shop: Shop, header: string | undefined): void {
  if (header === undefined) throw new ApiError(401, 'invalid_credentials', 'Authorization header not found');
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header)?.[1];
  if (encoded === undefined) throw new ApiError(401, 'invalid_credentials', 'Basic authentication failed');
  if (Buffer.from(encoded, 'base64').toString() !== `${shop.shopId}:${shop.secretKey}`) {
    throw new ApiError(
      401,
      'invalid_credentials',
      'Error in shopId or secret key. Check their validity. You can reissue the key in the Merchant Profile',
    );
  }
}

function get(shop: Shop, { path, query }: ApiRequest): Answer {
  const { store } = shop;
  const [, collection = '', id, rest] = path.split('/');
  if (path === '/me') return { status: 200, json: describeShop(shop) };
  if (id !== undefined && rest !== undefined) return { status: 405, json: undefined };
  if (collection === 'payments') {
    if (id !== undefined)
      return { status: 200, json: paymentToWire(shop, findPayment(shop, id, unknownPayment(shop))) };
    return {
      status: 200,
      json: listObjects(store.payments.values(), query, {
        filters: {
          status: (payment) => payment.status,
          payment_method: (payment) => payment.paymentMethod?.['type'] as string | undefined,
        },
        toWire: (payment) => paymentToWire(shop, payment),
      }),
    };
  }
  if (collection === 'refunds') {
    const refund = id === undefined ? undefined : store.refunds.get(id);
    if (refund) return { status: 200, json: refundToWire(refund) };
    if (id !== undefined) throw notFound('Incorrect refund_id. Refund');
    return {
      status: 200,
      json: listObjects(store.refunds.values(), query, {
        filters: { status: (item) => item.status, payment_id: (item) => item.paymentId },
        toWire: refundToWire,
      }),
    };
  }
  if (collection === 'receipts') {
    const receipt = id === undefined ? undefined : store.receipts.get(id);
    if (receipt) return { status: 200, json: receipt.body };
    if (id !== undefined) throw notFound('Incorrect receipt_id. Receipt');
    if (query.has('payment_id') && query.has('refund_id')) throw invalid('Invalid request parameter', 'refund_id');
    const field = (name: string) => (item: { body: Readonly<Record<string, unknown>> }) =>
      item.body[name] as string | undefined;
    return {
      status: 200,
      json: listObjects(store.receipts.values(), query, {
        filters: { status: field('status'), payment_id: field('payment_id'), refund_id: field('refund_id') },
        toWire: (item) => item.body,
      }),
    };
  }
  throw notFound('Resource');
}

function post(shop: Shop, request: ApiRequest): Answer {
  const [, collection = '', id, verb, rest] = request.path.split('/');
  const run = operation(shop, collection, id, verb, rest);
  // The official SDK sends an empty body on capture and cancel.
  if (request.raw !== '' && !/^application\/json\s*(;|$)/i.test(request.contentType ?? ''))
    return { status: 415, json: undefined };
  if (!run) return { status: 405, json: undefined };
  const body = readBody(request.raw, verb !== undefined);
  return once(
    shop,
    { key: request.idempotenceKey, path: request.path, body, raw: request.raw },
    () => run(body),
    (made) => ({
      status: 200,
      json: show(shop, made),
    }),
  );
}

type Operation = (body: Record<string, unknown>) => Made;

function operation(shop: Shop, collection: string, id?: string, verb?: string, rest?: string): Operation | undefined {
  if (rest !== undefined) throw notFound('Resource');
  if (collection === 'payments' && id === undefined)
    return (body) => ({ kind: 'payment', objectId: createPayment(shop, body).id });
  if (collection === 'refunds' && id === undefined)
    return (body) => ({ kind: 'refund', objectId: createRefund(shop, body).id });
  if (collection === 'receipts' && id === undefined)
    return (body) => ({ kind: 'receipt', objectId: createReceipt(shop, body).id });
  if (collection === 'payments' && id !== undefined && (verb === 'capture' || verb === 'cancel')) {
    return (body) => {
      // 400 and not 404 on purpose: the spec lists no 404 for these calls.
      const payment = findPayment(shop, id, invalid('Payment not found or forbidden', 'payment_id'));
      if (verb === 'capture') capturePayment(shop, payment, body);
      else cancelPayment(shop, payment);
      return { kind: 'payment', objectId: id };
    };
  }
  if (['payments', 'refunds', 'receipts', 'me'].includes(collection)) return undefined;
  throw notFound('Resource');
}

function readBody(raw: string, mayBeEmpty: boolean): Record<string, unknown> {
  if (raw === '' && mayBeEmpty) return {};
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch {
    throw invalid('Failed to parse request body');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('Failed to parse request body');
  return body as Record<string, unknown>;
}

function show(shop: Shop, { kind, objectId }: Made): unknown {
  if (kind === 'payment') return paymentToWire(shop, shop.store.payments.get(objectId)!);
  if (kind === 'refund') return refundToWire(shop.store.refunds.get(objectId)!);
  return shop.store.receipts.get(objectId)!.body;
}

function unknownPayment(shop: Shop): ApiError {
  const what = 'Incorrect payment_id. Payment';
  return shop.faults.on.unknownPaymentIs400
    ? invalid(`${what} doesn't exist or access denied`, 'payment_id')
    : notFound(what);
}

function describeShop(shop: Shop): unknown {
  const fiscal = shop.faults.on.receiptRequired === true;
  return {
    account_id: shop.shopId,
    status: 'enabled',
    test: true,
    fiscalization: { enabled: fiscal, ...(fiscal && { provider: 'yoo_receipt' }) },
    fiscalization_enabled: fiscal,
    payment_methods: ['bank_card', 'yoo_money'],
    itn: '7700000000',
  };
}
