import { type ApiError, invalid } from './errors';
import { newObjectId } from './ids';
import { readAmount } from './money';
import type { Shop } from './shop';
import type { StoredReceipt } from './store';

const MODES = [
  'full_prepayment',
  'partial_prepayment',
  'advance',
  'full_payment',
  'partial_payment',
  'credit',
  'credit_payment',
];
const MOST_ITEMS = 80;

/** The one answer to everything wrong with a receipt (seen in many production reports). */
function illegal(parameter = 'receipt'): ApiError {
  return invalid('Receipt is missing or illegal', parameter);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Thousandths of a unit; the schema says number, the docs' samples and the official SDK send a string. */
function readQuantity(quantity: unknown): number {
  const match = /^(\d{1,5})(?:\.(\d{1,3}))?$/.exec(
    typeof quantity === 'number' ? String(quantity) : typeof quantity === 'string' ? quantity : '',
  );
  if (!match) throw illegal();
  const thousandths = Number(match[1]) * 1000 + Number((match[2] ?? '').padEnd(3, '0'));
  if (thousandths === 0) throw illegal();
  return thousandths;
}

function checkItem(item: unknown): number {
  if (!isRecord(item)) throw illegal();
  const { description, vat_code, payment_mode, payment_subject } = item;
  if (typeof description !== 'string' || description.length < 1 || description.length > 128) throw illegal();
  if (typeof vat_code !== 'number' || !Number.isInteger(vat_code) || vat_code < 1 || vat_code > 12) throw illegal();
  if (payment_mode !== undefined && !MODES.includes(payment_mode as string)) throw illegal();
  if (payment_subject !== undefined && typeof payment_subject !== 'string') throw illegal();
  let price: number;
  try {
    price = readAmount(item['amount'], 'receipt', false);
  } catch {
    throw illegal();
  }
  return Math.round((readQuantity(item['quantity']) * price) / 1000);
}

/**
 * A receipt under 54-FZ as the service's own cash desk wants it: an e-mail (others take a phone instead, which is what
 * the switch `receiptsByPhone` stands for), at most 80 items, VAT 1..12 and, to the kopeck, the sum of the payment.
 */
export function checkReceipt(shop: Shop, receipt: unknown, amountKopecks: number): void {
  if (!isRecord(receipt) || !isRecord(receipt['customer'])) throw illegal();
  const { email, phone } = receipt['customer'];
  const byPhone = shop.faults.on.receiptsByPhone === true && email === undefined && phone !== undefined;
  if (!byPhone && typeof email !== 'string') throw illegal();
  // The server's own rule is not published; that the parameter names the address is an inference.
  const isAddress = typeof email === 'string' && email.length <= 254 && /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email);
  if (email !== undefined && (!isAddress || shop.faults.on.receiptAddressRefused))
    throw illegal('receipt.customer.email');
  if (phone !== undefined && (typeof phone !== 'string' || !/^\d{10,15}$/.test(phone)))
    throw illegal('receipt.customer.phone');
  const { items, tax_system_code } = receipt;
  if (!Array.isArray(items) || items.length < 1 || items.length > MOST_ITEMS) throw illegal();
  if (tax_system_code !== undefined && ![1, 2, 3, 4, 5, 6].includes(tax_system_code as number)) throw illegal();
  const sum = items.reduce((total: number, item: unknown) => total + checkItem(item), 0);
  if (sum !== amountKopecks) throw illegal();
}

/** What a receipt belongs to, as the receipt names it. */
type ReceiptOf = { readonly payment_id: string } | { readonly refund_id: string };

/** The receipt that came with a payment or a refund: `GET /receipts` lists it like any other. */
export function addReceipt(shop: Shop, of: ReceiptOf, receipt: unknown): void {
  const { customer: _, ...said } = receipt as Record<string, unknown>;
  const now = shop.clock.now();
  const id = newObjectId('receipt', now);
  const type = 'payment_id' in of ? 'payment' : 'refund';
  shop.store.receipts.set(id, { id, createdAt: now, body: { id, type, ...of, status: 'pending', ...said } });
}

/** The receipts of a payment or refund as they were sent. */
export function receiptsOf(shop: Shop, of: ReceiptOf): StoredReceipt[] {
  const [[name, objectId]] = Object.entries(of) as [[string, string]];
  return [...shop.store.receipts.values()].filter(({ body }) => body[name] === objectId);
}

/**
 * Called when money has moved: its receipt is registered, fails or waits, as the switches say. The receipt does not
 * change the payment: it may fail while the payment stays paid.
 */
export function registerReceipts(
  shop: Shop,
  object: { readonly hasReceipt: boolean; receiptRegistration?: 'pending' | 'succeeded' | 'canceled' },
  of: ReceiptOf,
): void {
  if (!object.hasReceipt || shop.faults.on.receiptsPending) return;
  endReceipts(shop, object, of, shop.faults.on.receiptsCanceled ? 'canceled' : 'succeeded');
}

export function endReceipts(
  shop: Shop,
  object: { receiptRegistration?: 'pending' | 'succeeded' | 'canceled' },
  of: ReceiptOf,
  status: 'succeeded' | 'canceled',
): void {
  object.receiptRegistration = status;
  for (const receipt of receiptsOf(shop, of)) {
    if (receipt.body['status'] !== 'pending') continue;
    receipt.body = { ...receipt.body, status, ...(status === 'succeeded' && registration(shop)) };
  }
  shop.store.touch();
}

/** What the tax service's answer adds to a receipt. */
function registration(shop: Shop): Record<string, unknown> {
  return {
    fiscal_document_number: String(shop.store.receipts.size),
    fiscal_storage_number: '9288000100115785',
    fiscal_attribute: '2617603921',
    // The one date of the API that carries an offset instead of Z.
    registered_at: new Date(shop.clock.now() + 3 * 3_600_000).toISOString().replace('Z', '+03:00'),
    fiscal_provider_id: 'fd9e9404-eaca-4000-8ec9-dc228ead2345',
  };
}

/** `POST /receipts`: a receipt apart from the payment. Registered at once, imitated as in every test shop. */
export function createReceipt(shop: Shop, body: Record<string, unknown>): StoredReceipt {
  const { type, payment_id, refund_id, settlements, items } = body;
  if (type !== 'payment' && type !== 'refund') throw invalid('Invalid request parameter', 'type');
  if (body['send'] !== true) throw invalid('Invalid request parameter', 'send');
  if (!Array.isArray(settlements) || settlements.length === 0)
    throw invalid('Invalid request parameter', 'settlements');
  if ((payment_id === undefined) === (refund_id === undefined))
    throw invalid('Invalid request parameter', 'payment_id');
  if (payment_id !== undefined && !shop.store.payments.has(payment_id as string))
    throw invalid('Payment not found or forbidden', 'payment_id');
  if (refund_id !== undefined && !shop.store.refunds.has(refund_id as string))
    throw invalid('Refund not found or forbidden', 'refund_id');
  const settled = settlements.reduce(
    (total: number, entry: unknown) =>
      total + readAmount(isRecord(entry) ? entry['amount'] : undefined, 'settlements', false),
    0,
  );
  checkReceipt(shop, { customer: body['customer'], items, tax_system_code: body['tax_system_code'] }, settled);
  const now = shop.clock.now();
  const id = newObjectId('receipt', now);
  const receipt: StoredReceipt = {
    id,
    createdAt: now,
    body: {
      id,
      type,
      ...(payment_id === undefined ? { refund_id } : { payment_id }),
      status: shop.faults.on.receiptsCanceled ? 'canceled' : 'succeeded',
      ...registration(shop),
      items,
      settlements,
    },
  };
  shop.store.receipts.set(id, receipt);
  return receipt;
}
