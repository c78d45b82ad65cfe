/**
 * The port of payment providers: what the shop asks of whoever takes its money. Everything outside of this folder
 * knows a provider by these types only.
 *
 * Every method throws `GatewayError` and nothing else. There are two kinds of failure: `isTransient` ones, after which
 * the same call is made again, and refusals, of which a repeat changes nothing until somebody mends what is wrong.
 * Where a refusal is an answer that the caller acts upon, it is returned (`Refused`).
 */
import type { LocalizedText } from '../domain/language';
import type { ProviderId } from '../domain/provider';
import type { GatewayError } from '../gateways/errors';
import type { Capabilities } from './capabilities';
import type { Created, Order, RefundOrder, Refused, RequestBody, StoredRefundRequest, StoredRequest } from './requests';
import type { LedgerPage, PaymentState, ProviderBook, ShownRefund } from './shown';
import type { Notification } from './webhook';

export type * from './requests';
export type * from './shown';

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

  /**
   * What has happened since, all of it, unless there is a `refundsSince` beside it.
   * @param cursor that of the last page; `null`, or one that can't be read: from where a new shop has to look
   */
  listSince(cursor: string | null, signal?: AbortSignal): Promise<LedgerPage>;
  /**
   * The same of refunds, where they are a list of their own: it has a cursor of its own, so that neither list waits
   * while the other can't be read.
   */
  refundsSince?(cursor: string | null, signal?: AbortSignal): Promise<LedgerPage>;

  /**
   * Every payment and refund that was made since, for the audit.
   * @throws Error also for something that can't be read: an audit without it would be wrong
   */
  bookSince(since: Date, signal?: AbortSignal): Promise<ProviderBook>;

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
