import type { CryptoPayClient } from '../../gateways/cryptopay/client';
import type { PaymentProvider, ProviderCheck } from '../port';

/** The bot of the main network; that of the test network has money that is worth nothing. */
const MAIN_BOT = 'CryptoBot';

/** What can be wrong with the app at Crypto Pay, although it answers. */
export function createChecks(
  client: Pick<CryptoPayClient, 'getMe' | 'getBalance'>,
): Pick<PaymentProvider, 'ping' | 'checks'> {
  return {
    async ping(signal) {
      await client.getMe(signal);
    },

    async checks(signal) {
      const { appId, bot } = await client.getMe(signal);
      const isTest = bot !== MAIN_BOT;
      const checks: ProviderCheck[] = [
        { verdict: 'good', what: `app ${appId} of @${bot} takes ${isTest ? 'test' : 'real'} money` },
      ];
      const balance = await client.getBalance(signal);
      if (!balance.some(({ available }) => /[1-9]/.test(available)))
        checks.push({
          verdict: 'warning',
          what: 'the app’s balance is empty: no refund can be paid out of it',
          next: 'top the app up, and switch transfers on (Security, Transfers).',
        });
      return checks;
    },
  };
}
