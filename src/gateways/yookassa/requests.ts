import { cut } from '../text';
import { rubles, type YooAmount } from './money';

/** Limits of the API (YooKassa docs, payment object); a request beyond them is refused with 400. */
const YOOKASSA_LIMITS = {
  descriptionLength: 128,
  refundDescriptionLength: 250,
  returnUrlLength: 2048,
  metadataKeys: 16,
  metadataKeyLength: 32,
  metadataValueLength: 512,
  leastPaymentKopecks: 100,
} as const;

/** One line of a receipt under 54-FZ, always a service paid in full. `amountKopecks` is the price of one unit. */
export interface ReceiptItem {
  readonly description: string;
  readonly quantity: number;
  readonly amountKopecks: number;
  /** 1 = no VAT ... 12 = 22/122 (YooKassa docs, 54-FZ, parameter values). */
  readonly vatCode: number;
}

export interface Receipt {
  /** YooKassa's own cash desk delivers by e-mail only; others take a phone (digits, `79000000000`) as well. */
  readonly customer: { readonly email?: string; readonly phone?: string };
  readonly items: readonly ReceiptItem[];
}

interface WireReceipt {
  readonly customer: { readonly email?: string; readonly phone?: string };
  readonly items: readonly {
    readonly description: string;
    readonly quantity: string;
    readonly amount: YooAmount;
    readonly vat_code: number;
    readonly payment_subject: string;
    readonly payment_mode: string;
  }[];
}

/** Body of `POST /payments`. To be stored with its key before it is sent: a repeat must send exactly the same. */
export interface YooPaymentRequest {
  readonly amount: YooAmount;
  readonly capture: boolean;
  readonly confirmation: { readonly type: 'redirect'; readonly return_url: string };
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly receipt?: WireReceipt;
}

/** Body of `POST /refunds`. */
export interface YooRefundRequest {
  readonly payment_id: string;
  readonly amount: YooAmount;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly receipt?: WireReceipt;
}

export interface PaymentRequestInput {
  readonly amountKopecks: number;
  /**
   * What the buyer reads on the page and at the bank. Cut to 128 characters, so that a long plan name does not prevent
   * a sale.
   */
  readonly description: string;
  /** Where YooKassa sends the buyer back, unchanged and whatever the outcome. */
  readonly returnUrl: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Mandatory for shops that make receipts: without it YooKassa answers 400 with parameter `receipt`. */
  readonly receipt?: Receipt | undefined;
}

/**
 * A one-stage payment confirmed on YooKassa's page. `capture: true` is explicit because YooKassa's default is a hold.
 *
 * @throws RangeError when YooKassa would refuse the request because of a mistake of the shop.
 */
export function buildPaymentRequest(input: PaymentRequestInput): YooPaymentRequest {
  if (input.amountKopecks < YOOKASSA_LIMITS.leastPaymentKopecks) {
    throw new RangeError(`a payment is at least 1.00 RUB, not ${input.amountKopecks} kopecks`);
  }
  if (input.returnUrl.length > YOOKASSA_LIMITS.returnUrlLength)
    throw new RangeError('returnUrl is longer than 2048 characters');
  return {
    amount: rubles(input.amountKopecks),
    capture: true,
    confirmation: { type: 'redirect', return_url: input.returnUrl },
    description: cut(input.description, YOOKASSA_LIMITS.descriptionLength),
    metadata: checkedMetadata(input.metadata),
    ...(input.receipt && { receipt: wireReceipt(input.receipt, input.amountKopecks) }),
  };
}

export interface RefundRequestInput {
  /** YooKassa's id of the payment. */
  readonly paymentId: string;
  readonly amountKopecks: number;
  /** Cut to 250 characters. */
  readonly description?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Needed for a partial refund of a payment with a receipt; a full refund uses the payment's receipt. */
  readonly receipt?: Receipt | undefined;
}

/** @throws RangeError as {@link buildPaymentRequest}. */
export function buildRefundRequest(input: RefundRequestInput): YooRefundRequest {
  if (input.amountKopecks < 1) throw new RangeError(`nothing to refund: ${input.amountKopecks} kopecks`);
  return {
    payment_id: input.paymentId,
    amount: rubles(input.amountKopecks),
    ...(input.description !== undefined && {
      description: cut(input.description, YOOKASSA_LIMITS.refundDescriptionLength),
    }),
    ...(input.metadata && { metadata: checkedMetadata(input.metadata) }),
    ...(input.receipt && { receipt: wireReceipt(input.receipt, input.amountKopecks) }),
  };
}

function wireReceipt(receipt: Receipt, amountKopecks: number): WireReceipt {
  const { email, phone } = receipt.customer;
  if (email === undefined && phone === undefined) throw new RangeError('a receipt needs an e-mail or a phone');
  const sum = receipt.items.reduce((total, item) => total + item.quantity * item.amountKopecks, 0);
  if (sum !== amountKopecks) throw new RangeError(`receipt items make ${sum} kopecks, the amount is ${amountKopecks}`);
  return {
    customer: { ...(email !== undefined && { email }), ...(phone !== undefined && { phone }) },
    items: receipt.items.map((item) => {
      if (!Number.isSafeInteger(item.quantity) || item.quantity < 1)
        throw new RangeError(`receipt quantity must be whole: ${item.quantity}`);
      return {
        description: cut(item.description, YOOKASSA_LIMITS.descriptionLength),
        // The schema says number, the docs' samples and the official SDK send a string.
        quantity: `${item.quantity}.00`,
        amount: rubles(item.amountKopecks),
        vat_code: item.vatCode,
        payment_subject: 'service',
        payment_mode: 'full_payment',
      };
    }),
  };
}

function checkedMetadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(metadata);
  if (entries.length > YOOKASSA_LIMITS.metadataKeys) throw new RangeError('metadata has more than 16 keys');
  for (const [key, value] of entries) {
    if (key.length > YOOKASSA_LIMITS.metadataKeyLength)
      throw new RangeError(`metadata key is longer than 32 characters: ${key}`);
    if (value.length > YOOKASSA_LIMITS.metadataValueLength)
      throw new RangeError(`metadata value of ${key} is longer than 512 characters`);
  }
  return metadata;
}
