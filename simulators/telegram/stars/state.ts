import type { TransactionPartner } from '@grammyjs/types';

/** An invoice in Stars. Nothing ends it: neither a time nor a call of the bot. */
export interface StoredInvoice {
  readonly total: number;
  readonly payload: string;
  readonly title: string;
  /** Not empty: copies don't pay, and the message is payable once (source: Bot API reference, sendInvoice). */
  readonly startParameter: string;
  /** Only for those sent into a chat. */
  userId?: number;
  messageId?: number;
  paid: number;
}

/** What became of one tap on "Pay", as the payer's app shows it. */
type Outcome = 'waiting' | 'paid' | 'refused' | 'timed-out' | 'already-paid' | 'left';

export interface Attempt {
  readonly userId: number;
  readonly slug: string;
  /** Unix ms of the tap. */
  readonly at: number;
  outcome: Outcome;
  /** The bot's own words when it refused. */
  say?: string;
  chargeId?: string;
  /** The payer's app is gone when the bot says yes: its yes moves nothing. */
  readonly leavesAfterApproval?: true;
}

export interface Charge {
  readonly userId: number;
  readonly total: number;
  readonly payload: string;
  /** Seconds since 1970. */
  readonly at: number;
  refundedAt?: number;
}

export interface LedgerRow {
  readonly id: string;
  readonly direction: 'in' | 'out';
  readonly amount: number;
  /** Seconds since 1970. */
  readonly date: number;
  /** Unix ms from which getStarTransactions has it. */
  readonly visibleAt: number;
  /** Changes in place for a withdrawal. */
  partner: TransactionPartner;
  /** The server can't read it: it has a place in the count and is in no page. */
  readonly unreadable?: true;
}

export interface StarsState {
  /** By slug. */
  readonly invoices: Record<string, StoredInvoice>;
  /** By id of the pre-checkout query. */
  readonly attempts: Record<string, Attempt>;
  /** By `telegram_payment_charge_id`. */
  readonly charges: Record<string, Charge>;
  /** Of the bot's whole life, oldest first. */
  readonly rows: LedgerRow[];
  /** Stars that people have; whoever is not named has enough. */
  readonly purses: Record<string, number>;
}
