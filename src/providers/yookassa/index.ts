import type { ProviderSettings } from '../../config/settings';
import type { HttpObserver } from '../../gateways/http';
import { createYooKassaClient } from '../../gateways/yookassa/client';
import type { ProviderDefinition } from '../definition';
import type { PaymentProvider } from '../port';
import { createBook } from './book';
import { createChecks } from './checks';
import { YOOKASSA_CAN, YOOKASSA_ID, YOOKASSA_LABEL } from './label';
import { createLedger } from './ledger';
import { createPayments } from './payments';
import type { ReceiptRules } from './receipt';
import { createRefunds } from './refunds';
import { createYooKassaWebhook, readNotification } from './webhook';

export interface YooKassaOptions {
  readonly baseUrl: string;
  readonly shopId: string;
  readonly secretKey: string;
  /** Whether the key looks like that of a test shop. */
  readonly isTestKey: boolean;
  /** `undefined`: the shop makes no receipts. */
  readonly receipts: ReceiptRules | undefined;
  readonly now: () => Date;
  readonly observe?: HttpObserver | undefined;
  /** Shorter ones only in tests. */
  readonly timeouts?: { readonly postMs?: number; readonly getMs?: number };
}

/** Cards, SBP and wallets by YooKassa, in roubles. */
export function createYooKassa(options: YooKassaOptions): PaymentProvider {
  const { baseUrl, shopId, secretKey, receipts, now, observe, timeouts } = options;
  const client = createYooKassaClient({
    baseUrl,
    shopId,
    secretKey,
    ...(observe && { observe }),
    ...(timeouts && { timeouts }),
  });
  return {
    id: YOOKASSA_ID,
    label: YOOKASSA_LABEL,
    can: YOOKASSA_CAN,
    account: shopId,
    makesReceipts: receipts !== undefined,
    settings: ['YOOKASSA_SHOP_ID', 'YOOKASSA_SECRET_KEY'],
    ...createPayments({ client, receipts, now }),
    ...createRefunds({ client, receipts, now }),
    ...createLedger(client, now),
    ...createBook(client),
    ...createChecks(client, options),
    readNotification,
  };
}

function optionsOf(settings: ProviderSettings): Omit<YooKassaOptions, 'now' | 'observe'> {
  return {
    baseUrl: settings.YOOKASSA_API_URL,
    shopId: settings.YOOKASSA_SHOP_ID,
    secretKey: settings.YOOKASSA_SECRET_KEY,
    isTestKey: settings.YOOKASSA_SECRET_KEY.startsWith('test_'),
    receipts:
      settings.YOOKASSA_RECEIPT_EMAIL === undefined
        ? undefined
        : {
            fallbackEmail: settings.YOOKASSA_RECEIPT_EMAIL,
            vatCode: settings.YOOKASSA_VAT_CODE,
            accepted: settings.YOOKASSA_RECEIPT_CONTACT,
          },
  };
}

export const yookassa: ProviderDefinition = {
  create: ({ settings, now, observe }) => createYooKassa({ ...optionsOf(settings), now, observe }),
  acceptedContact: (settings) =>
    settings.YOOKASSA_RECEIPT_EMAIL === undefined ? undefined : settings.YOOKASSA_RECEIPT_CONTACT,
  webhook: (settings) => createYooKassaWebhook(settings.YOOKASSA_WEBHOOK_IPS),
};
