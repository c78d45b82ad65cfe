/** What is asked of a provider, and what it answers to that. */
import type { Money } from '../domain/money';
import type { ReceiptContact } from '../domain/receiptContact';

/** What the shop stores of a call before it is made; only the provider that wrote it reads it. */
export type RequestBody = Readonly<Record<string, unknown>>;

/** What is to be paid, as the buyer confirmed it. */
export interface Order {
  readonly orderId: string;
  /** Which installation of this program sells: several may share one account. */
  readonly installationId: string;
  readonly price: Money;
  /** What the buyer reads beside the amount. */
  readonly title: string;
  /** Where the provider's page sends the buyer back. */
  readonly returnUrl: string;
  /** Telegram's id of the buyer. */
  readonly payerId: number;
  /** Where the buyer wants receipts; read only where `makesReceipts`. */
  readonly contact?: ReceiptContact | undefined;
}

/** Money that is to go back. */
export interface RefundOrder extends Pick<Order, 'orderId' | 'installationId' | 'payerId' | 'contact' | 'title'> {
  /** Number of the attempt: one that is known again when its answer was lost. */
  readonly attempt: number;
  /** Of which payment. */
  readonly ref: string;
  readonly amount: Money;
  /** What it says in the provider's cabinet. */
  readonly description: string;
}

/** A call with its stored key and body: a repeat sends exactly the same, however much later. */
export interface StoredRequest {
  /** 1 to 64 characters of `[0-9a-zA-Z_.-]`; the same for every repeat. */
  readonly key: string;
  readonly body: RequestBody;
  readonly orderId: string;
  readonly firstSentAt: Date;
}

export interface StoredRefundRequest extends StoredRequest {
  readonly attempt: number;
  readonly ref: string;
}

/** The provider has made nothing, and a repeat would make nothing either. */
export interface Refused {
  readonly outcome: 'refused';
  /**
   * - `order`: it does not take this order; `said` tells why
   * - `credentials`: it does not take the shop's key
   * - `contact`: it does not take the buyer's address for receipts
   * - `lost`: what came of the first call can't be found out any more; nobody can pay it
   */
  readonly why: 'order' | 'credentials' | 'contact' | 'lost';
  /** Status, code and parameter of its answer: words of the API, never a text for people. */
  readonly said: { readonly status: number | null; readonly code: string | null; readonly parameter: string | null };
}

/** How the buyer gets to pay. */
export type Show =
  | { readonly kind: 'url'; readonly url: string }
  /** The bot sends it, in the chat with the buyer. */
  | { readonly kind: 'invoice'; readonly invoice: Invoice }
  /** There is nothing (more) to pay. */
  | { readonly kind: 'none' };

/** An invoice of Telegram's. */
export interface Invoice {
  readonly title: string;
  readonly description: string;
  readonly payload: string;
  readonly price: Money;
}

export interface Created {
  readonly outcome: 'created';
  /** The provider's id of the payment, or the shop's own where the provider has none. */
  readonly ref: string;
  readonly show: Show;
  /** On this machine's clock; `null`: nobody knows, or for ever. */
  readonly payableUntil: Date | null;
}
