/**
 * The port of payment providers: what the shop asks of whoever takes its money. Everything outside of this folder
 * knows a provider by these types only.
 *
 * Every method throws `GatewayError` and nothing else. There are two kinds of failure: `isTransient` ones, after which
 * the same call is made again, and refusals, of which a repeat changes nothing until somebody mends what is wrong.
 * Where a refusal is an answer that the caller acts upon, it is returned (`Refused`).
 */
import type { LocalizedText } from '../domain/language';
import type { Money } from '../domain/money';
import type { ProviderId } from '../domain/provider';
import type { ReceiptContact } from '../domain/receiptContact';
import type { GatewayError } from '../gateways/errors';
import type { Capabilities } from './capabilities';
import type { Notification } from './webhook';

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
  /** Where the buyer wants receipts; read only where `makesReceipts`. */
  readonly contact?: ReceiptContact | undefined;
}

/** Money that is to go back. */
export interface RefundOrder extends Pick<Order, 'orderId' | 'installationId' | 'contact' | 'title'> {
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

/** What a charge or a refund claims to be about. Nothing of it is proof. */
export interface Claim {
  readonly orderId: string | null;
  readonly installationId: string | null;
}

/** Money that has come. */
export interface Charge {
  /** Unique at its provider. */
  readonly chargeId: string;
  readonly ref: string;
  readonly claim: Claim;
  readonly amount: Money;
  /** What of it has gone back, whoever gave it back. */
  readonly refundedMinor: number;
  /** ISO 8601, by the provider's clock; `null` when it does not say. */
  readonly at: string | null;
  readonly receipt: ReceiptState;
}

/** Of a receipt that the provider makes, apart from the money; `none`: nothing is said of one. */
export type ReceiptState = 'none' | 'pending' | 'registered' | 'failed';

/** What has become of a payment. */
export type PaymentState =
  | { readonly state: 'open' }
  /** `charges`: one, or several where the provider lets a payment be paid more than once. */
  | { readonly state: 'paid'; readonly charges: readonly [Charge, ...Charge[]] }
  /** It can't be paid any more. `reason`: the provider's word, of an open set. */
  | { readonly state: 'dead'; readonly reason: string }
  /** The provider does not know it. */
  | { readonly state: 'unknown' };

/** A refund as the provider shows it. */
export interface ShownRefund {
  readonly outcome: 'shown';
  readonly refundRef: string;
  /** Of which payment. */
  readonly ref: string;
  readonly claim: Claim;
  /** The attempt that it was asked for by; `null`: not by this program, or the provider does not say. */
  readonly attempt: number | null;
  readonly amount: Money;
  readonly status: 'pending' | 'succeeded' | 'canceled';
  /** Why it was canceled. */
  readonly reason: string | null;
  readonly receipt: ReceiptState;
}

/** What has happened at the provider, whoever caused it. */
export type LedgerEvent =
  | { readonly kind: 'charge'; readonly charge: Charge }
  | { readonly kind: 'refund'; readonly refund: ShownRefund }
  /** Something that can't be read, and may be money. */
  | { readonly kind: 'unreadable'; readonly of: 'charge' | 'refund'; readonly id: string };

export interface LedgerPage {
  readonly events: readonly LedgerEvent[];
  /** Where the next page begins. Only that of a page without `more` is to be kept: it leads on from the whole of it. */
  readonly cursor: string;
  readonly more: boolean;
}

/** One thing that the doctor has looked at; in sentences without a full stop and without secrets. */
export interface ProviderCheck {
  /** `bad`: nobody can pay this way; `warning`: somebody should look at it. */
  readonly verdict: 'good' | 'warning' | 'bad';
  readonly what: string;
  /** What to do about it; not for `good`. */
  readonly next?: string;
}

export interface PaymentProvider {
  /** As it is stored with payments; never changed once something was paid. */
  readonly id: ProviderId;
  /** As people know it. */
  readonly label: LocalizedText;
  readonly can: Capabilities;
  /** The account that money goes to. What was made at another one this provider knows nothing of. */
  readonly account: string;
  /** Whether payments and refunds carry a receipt, for which the buyer's address is wanted. */
  readonly makesReceipts: boolean;
  /** The settings that hold its key, for whoever has to correct them. */
  readonly settings: readonly string[];

  /** What `create` is to send. @throws RangeError for an order that the provider can't take */
  paymentRequest(order: Order): RequestBody;
  /** Makes the payment, or finds the one that this request has made before. Never made twice. */
  create(request: StoredRequest, signal?: AbortSignal): Promise<Created | Refused>;
  /** What has become of it, read anew. */
  check(ref: string, signal?: AbortSignal): Promise<PaymentState>;
  /** Ends what is open; absent where nothing can. `paid`: somebody was faster. */
  close?(ref: string, signal?: AbortSignal): Promise<'closed' | 'paid'>;

  /** What `refund` is to send. @throws RangeError as `paymentRequest` */
  refundRequest(order: RefundOrder): RequestBody;
  /** Gives money back, or finds what this request has given back before. Never given twice. */
  refund(request: StoredRefundRequest, signal?: AbortSignal): Promise<ShownRefund | Refused>;
  /** `undefined`: the provider does not know it. */
  checkRefund(refundRef: string, signal?: AbortSignal): Promise<ShownRefund | undefined>;
  /** Every refund of a payment, whoever made it. */
  refundsOf(ref: string, signal?: AbortSignal): Promise<readonly ShownRefund[]>;

  /** What has happened since. @param cursor that of the last page; `null`: from where a new shop has to look */
  listSince(cursor: string | null, signal?: AbortSignal): Promise<LedgerPage>;

  /**
   * A notification as `ProviderWebhook.receive` had it stored; absent where none come over HTTP.
   * @returns `undefined` for what can't be read, by an older version's hand for example
   */
  readNotification?(stored: string): Notification | undefined;

  /** Whether it is there and takes the shop's key. @throws GatewayError */
  ping(signal?: AbortSignal): Promise<void>;
  /** The same in detail. @throws GatewayError when it does not answer */
  checks(signal?: AbortSignal): Promise<readonly ProviderCheck[]>;
}

/** Whether the same call is to be made again later; otherwise somebody has to mend something first. */
export function isTransient(error: GatewayError): boolean {
  return error.kind !== 'refused';
}
