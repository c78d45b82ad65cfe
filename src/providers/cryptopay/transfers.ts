import type { CryptoTransfer } from '../../gateways/cryptopay/answers';
import type { CryptoPayClient } from '../../gateways/cryptopay/client';

/** A transfer that gives money of one of our invoices back. */
export interface OwnTransfer {
  readonly transfer: CryptoTransfer;
  /** Of which invoice. */
  readonly ref: string;
  readonly attempt: number;
  readonly spendId: string;
}

/** Every transfer of ours. @throws GatewayError */
export type ReadTransfers = (signal?: AbortSignal) => Promise<readonly OwnTransfer[]>;

/** The most that Crypto Pay gives at once. */
const TRANSFERS_PER_CALL = 1000;

/**
 * Crypto Pay has no refunds: money goes back as a transfer out of the app's balance. What was transferred by hand it
 * links to no invoice, so only what this program has given back is known. That is little, so all of it is read.
 */
export function createReadTransfers(client: Pick<CryptoPayClient, 'listTransfers'>): ReadTransfers {
  return async (signal) => {
    const own: OwnTransfer[] = [];
    for (let offset = 0; ;) {
      const { items, unreadable } = await client.listTransfers({ offset, count: TRANSFERS_PER_CALL }, signal);
      for (const transfer of items) {
        const spendId = transfer.spendId ?? '';
        const of = readSpendId(spendId);
        if (of !== undefined) own.push({ transfer, spendId, ...of });
      }
      const read = items.length + unreadable.length;
      if (read < TRANSFERS_PER_CALL) return own;
      offset += read;
    }
  };
}

/** Accepted once for ever; made of what a later look knows, so that a transfer is found without anything stored. */
export function spendIdOf(ref: string, attempt: number): string {
  return `refund-${ref}-${attempt}`;
}

export function readSpendId(spendId: string): { readonly ref: string; readonly attempt: number } | undefined {
  const [, ref, attempt] = /^refund-(\d{1,20})-(\d{1,6})$/.exec(spendId) ?? [];
  return ref === undefined || attempt === undefined ? undefined : { ref, attempt: Number(attempt) };
}
