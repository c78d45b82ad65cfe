import type { ProviderId } from '../../domain/provider';
import type { JobContract } from '../jobContract';

export const reconciliation = {
  workflow: 'paymentReconciliation',
  schedules: {
    'payment-reconciliation': {
      timing: { everyMinutes: 15 },
      catchupMinutes: 10,
      limitMinutes: 60,
      jitterSeconds: 30,
      note: 'Finds what was lost: money at a provider, workflows, keys that are owed; repairs or reports it.',
    },
  },
} as const satisfies JobContract;

/** What a provider's list has shown since it was read last, or a page of it. */
export interface LedgerPage {
  readonly payments: number;
  readonly refunds: number;
  /** Payments whose workflow was woken or started because the provider knew more than we did. */
  readonly healed: number;
  /** Newly found money that nobody can explain. */
  readonly anomalies: number;
  readonly unreadable: number;
  /** Where the next page begins; without `more`, where the next run does. */
  readonly cursor: string;
  readonly more: boolean;
}

/** `refunds`: those of a provider with a list of their own; `main`: everything else. */
export type LedgerList = 'main' | 'refunds';

/** A list of a provider, and up to where it was compared; `null`: never. */
export interface LedgerPosition {
  readonly provider: ProviderId;
  readonly list: LedgerList;
  readonly cursor: string | null;
}

export interface ReconciliationActivities {
  /** Every list of every provider that is set up. */
  ledgers(): Promise<LedgerPosition[]>;
  /** Compares one page of a provider's list. */
  compareLedger(input: LedgerPosition): Promise<LedgerPage>;
  /**
   * Stores that a provider's list has been compared up to `cursor`.
   * @param input `from`: where the run began; where another run has gone on meanwhile, nothing is stored
   */
  keepLedgerCursor(input: Omit<LedgerPosition, 'cursor'> & { from: string | null; cursor: string }): Promise<void>;
  /**
   * One page of payments that are not at their end, and behind the last of them, of refunds that are not, of free
   * grants that are not delivered, and of gifts for which something is due: each must have a running workflow. `next`:
   * where the next page begins; `null`: none is left.
   */
  healUnfinished(input: {
    after: string | null;
  }): Promise<{ checked: number; started: number; abandoned: number; delayed: number; next: string | null }>;
  /** Notifications stored and never handled. `more`: call again. */
  handleStoredWebhooks(): Promise<{ handled: number; more: boolean }>;
  /** One page of keys that are owed, see `owedKeys.ts`. `next`: where the next page begins; `null`: none is left. */
  sendOwedKeys(input: { after: string | null }): Promise<{ sent: number; owed: number; next: string | null }>;
  /** Tells givers what became of their gifts who could not be told of it when it happened, see `gifts.ts`. */
  tellGivers(): Promise<{ told: number }>;
  /** One page of people whose messages did not show how things stand, see `owedKeys.ts`. `next`: as above. */
  showUnseen(input: { after: number | null }): Promise<{ shown: number; next: number | null }>;
  /** Tells the owner of every unexplained sum, each once. */
  reportAnomalies(): Promise<{ told: number }>;
  /** How many sums nobody has explained yet. */
  countOpenAnomalies(): Promise<{ open: number }>;
  /** Stores that a run has ended, for the metrics. */
  recordReconciliationEnd(summary: ReconciliationSummary): Promise<void>;
}

export interface ReconciliationSummary {
  readonly payments: number;
  readonly refunds: number;
  readonly healed: number;
  /** Payments, free grants and gifts without a running workflow that have one again. */
  readonly started: number;
  /** Orders nobody ever asked a provider about, closed. */
  readonly abandoned: number;
  /** Paid or given, not delivered yet, and looked after by their workflow. */
  readonly delayed: number;
  readonly webhooks: number;
  /** Keys that were owed and are sent, and those that still are owed. */
  readonly keysSent: number;
  readonly keysOwed: number;
  /** Sums nobody can explain, new ones and those still open. */
  readonly anomalies: number;
  readonly openAnomalies: number;
  /** Objects of providers' lists that could not be read; raised as anomalies, so that no money hides behind them. */
  readonly unreadable: number;
  /** Providers whose lists could not be compared; the next run compares the longer time. */
  readonly away: readonly ProviderId[];
}
