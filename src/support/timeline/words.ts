import type { Language } from '../../domain/language';
import type { MoneyPlace } from '../../domain/payment';
import type { ForfeitReason, RewardRole, RewardStatus } from '../../domain/referral/referral';
import type { PaymentEventName } from '../../storage/postgres/payments';

/** Words by the name that the database uses. A name without words is shown as it is. */
type Names = Readonly<Record<string, string>>;

/**
 * The words of a payment's timeline in one language. Ids, statuses, reasons and the workflow's own notes are not
 * translated, so that support and operators search for the same text as in the database and the Temporal Web UI.
 */
export interface TimelineWords {
  readonly language: Language;
  readonly heads: Readonly<Record<'payment' | 'buyer' | 'what' | 'status' | 'money' | 'subscription', string>>;
  /** Its provider has made no payment for it yet. */
  readonly notAtProvider: string;
  readonly renewal: string;
  readonly gift: string;
  readonly promoDiscount: (code: string, discount: string, base: string) => string;
  readonly promoDays: (code: string, days: number) => string;
  readonly dismissedByBuyer: string;
  readonly money: Readonly<Record<MoneyPlace, string>>;
  readonly again: string;
  readonly refunded: (sum: string) => string;
  readonly on: string;
  readonly to: string;
  readonly notConfirmed: string;
  readonly confirmed: string;
  readonly confirmedOther: (at: string) => string;
  readonly happened: string;
  readonly next: string;
  readonly who: Names;
  readonly events: Readonly<Partial<Record<PaymentEventName, string>>>;
  readonly presses: (action: string) => string;
  readonly asks: (provider: string, operation: string, sum: string | null, key: string) => string;
  readonly answers: (answer: string) => string;
  readonly nothing: string;
  readonly noId: string;
  readonly unreadable: string;
  readonly from: string;
  readonly handled: string;
  readonly notHandled: string;
  readonly refundFound: (attempt: number, sum: string, id: string) => string;
  readonly refundPlanned: (
    attempt: number,
    sum: string,
    /** Which other payment it is of, and at whom. */
    stray: { readonly provider: string; readonly ref: string } | null,
    reason: string,
    askedBy: string,
  ) => string;
  readonly refundEnded: (attempt: number, status: string) => string;
  readonly message: (kind: string, userId: number, status: string) => string;
  readonly revocationDue: (server: string) => string;
  readonly revocationDone: (server: string) => string;
  readonly revocationAbandoned: (server: string) => string;
  readonly promoUse: (code: string, status: 'reserved' | 'used' | 'returned') => string;
  readonly reward: (role: RewardRole, userId: number, days: number, due: string) => string;
  readonly rewardForfeit: (role: RewardRole, userId: number, reason: ForfeitReason) => string;
  readonly rewardIs: (role: RewardRole, userId: number, status: RewardStatus) => string;
  readonly decided: (action: string) => string;
  readonly temporalAway: string;
  readonly finished: string;
  readonly noWorkflow: (id: string) => string;
  readonly ended: (id: string) => string;
  readonly workflow: (id: string, run: string, status: string, closedAt: string | undefined, events: number) => string;
  readonly needsAttention: string;
  readonly noWorker: string;
  readonly attempt: (number: number) => string;
  readonly againAt: (at: string) => string;
  readonly running: string;
  readonly lastSaid: (failure: string) => string;
}
