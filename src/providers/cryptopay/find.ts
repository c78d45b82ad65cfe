import type { CryptoInvoice } from '../../gateways/cryptopay/answers';
import type { CryptoPayClient, InvoicePage } from '../../gateways/cryptopay/client';

type Lists = Pick<CryptoPayClient, 'listInvoices'>;

export interface PageOfInvoices {
  readonly items: readonly CryptoInvoice[];
  readonly unreadable: readonly string[];
  /** The offset of the next page; `undefined`: nothing that matters is behind this one. */
  readonly next: number | undefined;
}

/**
 * One page of a list of invoices that were made after `since`. The order of lists is not documented: where this page
 * shows that it is newest first, what is behind an older one does not matter.
 */
export async function readPage(
  client: Lists,
  { status, offset, count, since }: Pick<InvoicePage, 'status'> & { offset: number; count: number; since: Date },
  signal?: AbortSignal,
): Promise<PageOfInvoices> {
  const page = await client.listInvoices({ ...(status !== undefined && { status }), offset, count }, signal);
  const { items, unreadable } = page;
  const read = items.length + unreadable.length;
  const isLast = read === 0 || (isNewestFirst(items) && Date.parse(items.at(-1)!.createdAt) < since.getTime());
  return { items, unreadable, next: isLast ? undefined : offset + read };
}

function isNewestFirst(items: readonly CryptoInvoice[]): boolean {
  return items.length > 1 && items.every(({ id }, at) => at === 0 || Number(id) < Number(items[at - 1]!.id));
}

/** An invoice with this payload, among those that are open and paid; with `isEnded` also among those that have ended. */
export async function findInvoice(
  client: Lists,
  payload: string,
  { since, isEnded }: { readonly since: Date; readonly isEnded: boolean },
): Promise<CryptoInvoice | undefined> {
  for (const status of ['active', 'paid', ...(isEnded ? [undefined] : [])] as const)
    for (let offset: number | undefined = 0; offset !== undefined;) {
      const page: PageOfInvoices = await readPage(client, { ...(status && { status }), offset, count: 1000, since });
      const found = page.items.find((invoice) => invoice.payload === payload);
      if (found) return found;
      offset = page.next;
    }
  return undefined;
}
