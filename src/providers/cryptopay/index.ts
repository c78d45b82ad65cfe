import type { HttpObserver } from '../../gateways/http';
import { createCryptoPayClient } from '../../gateways/cryptopay/client';
import type { PaymentProvider } from '../port';
import { createBook } from './book';
import { createChecks } from './checks';
import { CRYPTOPAY_CAN, CRYPTOPAY_ID, CRYPTOPAY_LABEL } from './label';
import { createLedger, PAGE_SIZE } from './ledger';
import { createPayments } from './payments';
import { createInvoiceReader } from './reader';
import { createRefunds } from './refunds';
import { createReadTransfers } from './transfers';
import { readNotification } from './webhook';

export interface CryptoPayOptions {
  readonly baseUrl: string;
  /** `<app id>:<secret>` */
  readonly token: string;
  readonly now: () => Date;
  readonly observe?: HttpObserver | undefined;
  /** Shorter ones only in tests. */
  readonly timeouts?: { readonly writeMs?: number; readonly readMs?: number };
  /** Smaller ones only in tests. */
  readonly pageSize?: number;
  readonly lookAgainMs?: number;
}

/** After a lost answer, between two looks for what was made. */
const LOOK_AGAIN_MS = 2_000;

/** Crypto by Crypto Pay: invoices in roubles, paid in whichever asset the buyer has. */
export function createCryptoPay(options: CryptoPayOptions): PaymentProvider {
  const { baseUrl, token, now, observe, timeouts, pageSize = PAGE_SIZE, lookAgainMs = LOOK_AGAIN_MS } = options;
  const client = createCryptoPayClient({
    baseUrl,
    token,
    ...(observe && { observe }),
    ...(timeouts && { timeouts }),
  });
  const read = createInvoiceReader(client);
  const transfers = createReadTransfers(client);
  return {
    id: CRYPTOPAY_ID,
    label: CRYPTOPAY_LABEL,
    can: CRYPTOPAY_CAN,
    account: token.slice(0, token.indexOf(':')),
    makesReceipts: false,
    settings: ['CRYPTOPAY_TOKEN'],
    ...createPayments({ client, read, transfers, now, lookAgainMs }),
    ...createRefunds({ client, read, transfers }),
    ...createLedger({ client, transfers, now, pageSize }),
    ...createBook(client, transfers),
    ...createChecks(client),
    readNotification,
  };
}
