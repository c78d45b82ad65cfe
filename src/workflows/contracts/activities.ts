/**
 * What the `payment` workflow asks of the outside, as types: the activities implement these, the workflow calls them.
 * Arguments and results are recorded in histories: ids, numbers and words, never a link, a key or a name.
 */
import type { AttentionNote } from '../../domain/attention';
import type { PanelFailure } from '../../domain/panelTrouble';
import type { FinalPaymentStatus, PaymentStatus } from '../../domain/payment';
import type { Verdict } from './verdict';

export interface PaymentRef {
  readonly paymentId: string;
}

/**
 * The provider makes no payment for orders of this shop as it is set up. `said`: status, code and parameter of its
 * answer.
 */
export interface RefusedOrder {
  readonly reason: 'provider-refused' | 'provider-credentials';
  readonly said: string;
}

/** Of refusals that are not about the shop only the reason is known: `receipt-contact`, `provider-unavailable`. */
export type CreationAnswer =
  /** `isInvoice`: the buyer pays in the chat, by an invoice that has to be sent there. */
  | { readonly outcome: 'created'; readonly isInvoice?: true }
  | ({ readonly outcome: 'refused' } & (RefusedOrder | { readonly reason: string; readonly said?: never }));

export interface ProviderActivities {
  /** Creates the payment under its stored key, or finds it. `refused` when the provider said no: no money can come. */
  createPayment(input: PaymentRef): Promise<CreationAnswer>;
  /** Asks once, now. */
  checkPayment(input: PaymentRef): Promise<Verdict>;
  /** Asks once; fails (retryably, quietly) while the payment is pending, so that its retry policy is the slow guard. */
  guardPayment(input: PaymentRef): Promise<Verdict>;
}

export interface WatchActivities {
  /**
   * Asks every `intervalMs` until a final word or `untilMs` (epoch), whichever comes first; the last question is at
   * `untilMs`.
   */
  watchPayment(input: PaymentRef & { intervalMs: number; untilMs: number }): Promise<Verdict>;
}

/**
 * With `issue`: after how long (ms) of an outage another server may take over, by the catalogue's rule; `null`: never
 * by itself.
 */
export type PaidAnswer =
  | { decision: 'issue'; takeOverAfterMs: number | null }
  /** A gift: its voucher is made with the money, and nothing on a panel. */
  | { decision: 'gift' }
  | { decision: 'refund'; reason: string }
  | { decision: 'ended'; status: FinalPaymentStatus };

/**
 * `too-late`: the money is already on its way back; `gone`: the panel is gone for good, so there is no key on this
 * server.
 */
export interface DeliveryAnswer {
  readonly outcome: 'issued' | 'too-late' | 'gone';
}

/**
 * Whether Telegram took the message with the key, or with the link of a gift. `owed`: it will be sent when the buyer
 * can be written to again (`unreachable`); or Telegram takes it in no form (`refused`), and a person must look. `not-
 * needed`: nothing was sent, because the gift was claimed before, or its money goes back.
 */
export type KeyAnswer =
  { readonly outcome: 'sent' | 'not-needed' } | { readonly outcome: 'owed'; readonly why: 'unreachable' | 'refused' };

/** How far the fast path has come. What is absent is still to be done. */
export interface Fulfilment {
  readonly paid: PaidAnswer;
  readonly delivery?: DeliveryAnswer;
  readonly key?: KeyAnswer;
  readonly screenShown?: true;
  /** The class of the failure that ended it early, e.g. `hiddify:unreachable`, for whoever reads the history. */
  readonly stoppedBy?: string;
}

/** What the provider says of a payment, and how far the fast path came when the money was there. */
export interface PaymentCheck {
  readonly verdict: Verdict;
  readonly fulfilment?: Fulfilment;
}

export interface FulfilmentActivities {
  /**
   * The fast path: asks the provider, and when the money is there records it, makes the key, sends it and shows the
   * last screen. Fails when it could not be asked or the money not be recorded. After that it stops early instead and
   * answers how far it came. Every step of it may be repeated, here or by the durable activity of that step.
   * @param input `isPaid`: the provider has said so before; it is not asked again
   */
  fulfillPayment(input: PaymentRef & { isPaid?: boolean }): Promise<PaymentCheck>;
}

export interface PaymentRecordActivities {
  recordPaid(input: PaymentRef): Promise<PaidAnswer>;
  /**
   * Moves the payment along its path, or leaves it; `onlyFrom` narrows what it may be moved from. Answers what it is
   * afterwards.
   * @param input `refundDueAt`: of a delayed delivery, when its money goes back by itself (ISO 8601)
   */
  recordStatus(
    input: PaymentRef & {
      status: PaymentStatus;
      reason: string | null;
      onlyFrom?: PaymentStatus;
      refundDueAt?: string;
    },
  ): Promise<{ status: PaymentStatus }>;
  dismissPayment(input: PaymentRef): Promise<void>;
  /** Has the `gift` workflow of a paid gift look after it until somebody claims it. */
  openGift(input: PaymentRef): Promise<void>;
  /**
   * Moves an undelivered purchase to another server of its location.
   * @param input `request`: a uuid of the decision, so that a repeated attempt moves nothing more
   */
  changeServer(input: PaymentRef & { request: string }): Promise<{ changed: boolean }>;
}

/** What people were told of a panel that makes no key. */
export interface ToldOfTrouble {
  /** `ToldTrouble.what`; `null`: nothing, whatever is wrong is news. */
  readonly what: string | null;
  /** Until then (epoch ms) nothing else is told. */
  readonly until: number;
  /** It refuses this one account: whoever has it tried again hears what came of that; see `toldAnew`. */
  readonly isAboutIt?: boolean;
}

export interface PanelActivities {
  /**
   * Tells the panel the absolute state and records its confirmation.
   * @param input with `told` the attempts end when something else is wrong with the panel than was told
   */
  deliverSubscription(input: PaymentRef & { told?: ToldOfTrouble }): Promise<DeliveryAnswer>;
  /**
   * Takes from the panels what a refund or a change of server has revoked. What is on a panel that is gone for good is
   * given up.
   */
  revokeAccess(input: PaymentRef): Promise<void>;
}

export interface TelegramActivities {
  /** Makes the live screen show what the database says now. */
  refreshPaymentScreen(input: PaymentRef): Promise<void>;
  /** The invoice of an order that is paid in the chat: at least once. */
  sendInvoice(input: PaymentRef): Promise<void>;
  /** The key, as text and QR, or the link of a gift with its card: at least once. */
  sendKey(input: PaymentRef): Promise<KeyAnswer>;
  /** Tells the owner that a person must look. `told`: an owner has it; the buyer's screen says so then. */
  alertOwner(input: PaymentRef & { note: AttentionNote }): Promise<{ told: boolean }>;
  /**
   * Tells the owner that a panel makes no key: of the panel's outage, once for all who wait for it; of the order where
   * only this one is refused.
   * @param input `failure`: class and code of the gateway's error; absent where it is not known
   */
  tellOwnerOfDelay(input: PaymentRef & { failure?: PanelFailure; refundDueAt: string }): Promise<{ told: boolean }>;
  /** Tells the owner that the provider refuses orders, not of each of them. */
  tellOwnerOfRefusedOrder(input: PaymentRef & RefusedOrder): Promise<{ told: boolean }>;
}
