/**
 * The notifications of a provider, for the process that faces the internet: it holds no key to the money. Whatever a
 * notification says is looked up at the provider before anything is done about it.
 */
import type { ProviderId } from '../domain/provider';

export interface Notification {
  readonly provider: ProviderId;
  /** The provider's own name of what has happened. */
  readonly event: string;
  /** What it has happened to; with the event the same for every repeat. */
  readonly objectId: string;
  readonly about: 'charge' | 'refund' | 'other';
  /** The payment; absent for `other`. */
  readonly ref: string | undefined;
  /** Our own id, as claimed. */
  readonly claimedOrderId: string | undefined;
  /** Whether it says that money has come. */
  readonly saysPaid: boolean;
}

export type ReceivedNotification =
  /** `stored`: what of it is kept; `readNotification` of the port makes the notification of it again. */
  | { readonly outcome: 'accepted'; readonly notification: Notification; readonly stored: string }
  /** `shape`: no notification of this provider; `signature`: not by it, or not to this shop. */
  | { readonly outcome: 'rejected'; readonly why: 'shape' | 'signature' };

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface ProviderWebhook {
  readonly provider: ProviderId;
  /** Asked before a body is received. */
  mayNotify(address: string): boolean;
  /** @param raw the body as it came: a signature is over its bytes */
  receive(raw: Buffer, headers: RequestHeaders): ReceivedNotification;
}
