import { GatewayError } from '../../gateways/errors';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import type { PaymentProvider, ProviderCheck } from '../port';
import type { YooKassaOptions } from './index';

/** What can be wrong with the shop at YooKassa, although it answers. */
export function createChecks(
  client: Pick<YooKassaClient, 'getMe'>,
  { shopId, isTestKey, receipts }: Pick<YooKassaOptions, 'shopId' | 'isTestKey' | 'receipts'>,
): Pick<PaymentProvider, 'ping' | 'checks'> {
  return {
    async ping(signal) {
      const { accountId, status } = await client.getMe(signal);
      if (status === 'enabled') return;
      throw new GatewayError(`yookassa getMe: shop ${accountId} is ${status}`, {
        service: 'yookassa',
        kind: 'refused',
        operation: 'getMe',
      });
    },

    async checks(signal) {
      const shop = await client.getMe(signal);
      const checks: ProviderCheck[] = [];
      if (shop.status !== 'enabled')
        checks.push({
          verdict: 'bad',
          what: `shop ${shop.accountId} is ${shop.status}`,
          next: 'ask YooKassa why; until then nobody can pay.',
        });
      else
        checks.push({
          verdict: 'good',
          what:
            `shop ${shop.accountId} takes ${shop.test ? 'test' : 'real'} money ` +
            `(${shop.paymentMethods.join(', ') || 'no methods named'})`,
        });
      if (shop.accountId !== shopId)
        checks.push({
          verdict: 'warning',
          what: `the key belongs to shop ${shop.accountId}, YOOKASSA_SHOP_ID says ${shopId}`,
          next: 'use the id and the key of one shop.',
        });
      if (shop.test !== isTestKey)
        checks.push({
          verdict: 'warning',
          what: `the shop is ${shop.test ? 'a test shop' : 'a real one'}, which its key does not look like`,
          next: 'make sure that this is the shop you mean.',
        });
      // The shop refuses every payment without a receipt once fiscalisation is on (YooKassa docs, receipts).
      if (shop.fiscalizationEnabled && receipts === undefined)
        checks.push({
          verdict: 'bad',
          what: 'the shop makes receipts under 54-FZ, but YOOKASSA_RECEIPT_EMAIL is not set, so every payment will be refused',
          next: 'set YOOKASSA_RECEIPT_EMAIL and YOOKASSA_VAT_CODE.',
        });
      if (shop.fiscalizationProvider === 'yoo_receipt' && receipts?.accepted === 'email-or-phone')
        checks.push({
          verdict: 'bad',
          what: 'YooKassa’s own cash desk sends receipts by e-mail only, and YOOKASSA_RECEIPT_CONTACT lets buyers give a phone number: their payments will be refused',
          next: 'set YOOKASSA_RECEIPT_CONTACT=email.',
        });
      return checks;
    },
  };
}
