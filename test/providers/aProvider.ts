import type { PaymentProvider } from '../../src/providers/port';
import { createYooKassa, type YooKassaOptions } from '../../src/providers/yookassa';

/** A provider that nobody answers, but for what a test gives it. */
export function aProvider(change: Partial<PaymentProvider> = {}): PaymentProvider {
  return { ...yooKassaAt('http://127.0.0.1:9'), ...change };
}

/** YooKassa as its stand-in at this address has it. */
export function yooKassaAt(url: string, change: Partial<YooKassaOptions> = {}): PaymentProvider {
  return createYooKassa({
    baseUrl: `${url}/v3`,
    shopId: '100500',
    secretKey: 'test_demo',
    isTestKey: true,
    receipts: undefined,
    now: () => new Date(),
    ...change,
  });
}
