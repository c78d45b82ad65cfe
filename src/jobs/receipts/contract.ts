import type { JobContract } from '../jobContract';

export const receipts = {
  workflow: 'receiptRegistration',
  schedules: {
    'receipt-registration': {
      timing: { everyMinutes: 15 },
      catchupMinutes: 10,
      limitMinutes: 60,
      jitterSeconds: 60,
      note: 'Follows receipts (54-FZ) until they are registered; a failed one is told to the owner.',
    },
  },
} as const satisfies JobContract;

/** What has a receipt that was not registered when it was last asked. */
export type WithReceipt = 'payments' | 'refunds';

export interface ReceiptPage {
  readonly asked: number;
  readonly registered: number;
  /** The cash desk or the tax service refused it: told to the owner. */
  readonly failed: number;
  /** Not registered for a day or longer: told to the owner, too. */
  readonly late: number;
  /** The last id of a page that was full; `null` at the end. */
  readonly next: string | null;
}

export interface ReceiptActivities {
  /** Asks providers about one page of receipts that are not registered yet. */
  checkReceipts(input: { of: WithReceipt; after: string | null }): Promise<ReceiptPage>;
}

export type ReceiptSummary = Omit<ReceiptPage, 'next'> & { readonly providers: 'asked' | 'away' };
