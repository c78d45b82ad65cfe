import { describe, expect, it, jest } from '@jest/globals';
import { createPaymentData, type PaymentData, type PaymentDataOptions } from '../../../src/storage/redis/paymentData';
import { useRedis } from './support';

const payment: PaymentData = {
  paymentId: 'p-1',
  provider: 'yookassa',
  providerRef: 'yk-1',
  userId: 5,
  serverCode: 'nl-1',
};

describe('payment data', () => {
  const redis = useRedis();
  const rebuild = {
    byPaymentId: jest.fn<PaymentDataOptions['rebuild']['byPaymentId']>(),
    byProviderRef: jest.fn<PaymentDataOptions['rebuild']['byProviderRef']>(),
  };
  const storeOf = (options: Partial<PaymentDataOptions> = {}) =>
    createPaymentData({ redis: redis.connections.cache, rebuild, ...options });
  /** PostgreSQL knows these. */
  function recorded(...payments: PaymentData[]): void {
    rebuild.byPaymentId.mockImplementation(async (id) => payments.find((one) => one.paymentId === id));
    rebuild.byProviderRef.mockImplementation(async (provider, ref) =>
      payments.find((one) => one.provider === provider && one.providerRef === ref),
    );
  }

  it('finds a payment by its own id and by that of YooKassa, without PostgreSQL', async () => {
    const store = storeOf();
    await store.put(payment);
    expect(await store.byPaymentId('p-1')).toEqual(payment);
    expect(await store.byProviderRef('yookassa', 'yk-1')).toEqual(payment);
    expect(rebuild.byPaymentId).not.toHaveBeenCalled();
    expect(rebuild.byProviderRef).not.toHaveBeenCalled();
  });

  it('is not found by the same id of another provider', async () => {
    const other: PaymentData = { ...payment, paymentId: 'p-2', provider: 'cryptopay' };
    recorded(payment, other);
    await storeOf().put(payment);
    expect(await storeOf().byProviderRef('cryptopay', 'yk-1')).toEqual(other);
    expect(await storeOf().byProviderRef('yookassa', 'yk-1')).toEqual(payment);
    expect(await storeOf().byProviderRef('stars', 'yk-1')).toBeUndefined();
  });

  it('is kept for thirty minutes', async () => {
    await storeOf().put(payment);
    for (const key of await redis.connections.cache.keys('*')) {
      expect(await redis.connections.cache.ttl(key)).toBeGreaterThan(1_790);
      expect(await redis.connections.cache.ttl(key)).toBeLessThanOrEqual(1_800);
    }
    expect(await redis.connections.cache.dbsize()).toBe(2);
  });

  it('of a payment that YooKassa has not answered yet is found by its own id', async () => {
    recorded();
    await storeOf().put({ ...payment, providerRef: null, serverCode: null });
    expect(await storeOf().byPaymentId('p-1')).toEqual({ ...payment, providerRef: null, serverCode: null });
    await storeOf().put(payment);
    expect(await storeOf().byProviderRef('yookassa', 'yk-1')).toEqual(payment);
  });

  it('that is half known is not kept, so that the whole is found as soon as there is a link', async () => {
    recorded({ ...payment, providerRef: null });
    expect(await storeOf().byPaymentId('p-1')).toEqual({ ...payment, providerRef: null });
    expect(await redis.connections.cache.dbsize()).toBe(0);
    recorded(payment);
    expect(await storeOf().byProviderRef('yookassa', 'yk-1')).toEqual(payment);
    expect(await storeOf().byProviderRef('yookassa', 'yk-1')).toEqual(payment);
    expect(rebuild.byProviderRef).toHaveBeenCalledTimes(1);
  });

  it.each(['byPaymentId', 'byProviderRef'] as const)(
    'is rebuilt from PostgreSQL once when it is gone (%s)',
    async (lookup) => {
      recorded(payment);
      const store = storeOf();
      const found = () =>
        lookup === 'byPaymentId' ? store.byPaymentId('p-1') : store.byProviderRef('yookassa', 'yk-1');
      expect(await found()).toEqual(payment);
      expect(await found()).toEqual(payment);
      expect(rebuild[lookup]).toHaveBeenCalledTimes(1);
    },
  );

  it('is rebuilt when only half of it is left, or the halves do not fit', async () => {
    recorded(payment);
    await storeOf().put(payment);
    await redis.connections.cache.del('payment:p-1');
    expect(await storeOf().byProviderRef('yookassa', 'yk-1')).toEqual(payment);
    await redis.connections.cache.set('payment-of-provider:yookassa:yk-2', '"p-1"', 'EX', 60);
    expect(await storeOf().byProviderRef('yookassa', 'yk-2')).toBeUndefined();
  });

  it('that was rebuilt never replaces what was put meanwhile', async () => {
    const store = storeOf();
    const changed = { ...payment, serverCode: 'nl-2' };
    rebuild.byPaymentId.mockImplementation(async () => {
      await store.put(changed);
      return payment;
    });
    await store.byPaymentId('p-1');
    expect(await store.byPaymentId('p-1')).toEqual(changed);
  });

  it('of an unknown payment is nothing', async () => {
    recorded();
    expect(await storeOf().byPaymentId('p-9')).toBeUndefined();
    expect(await storeOf().byProviderRef('yookassa', 'yk-9')).toBeUndefined();
  });

  it.each<[string, string, (cache: typeof redis.connections.cache) => Promise<unknown>]>([
    ['corrupt JSON', 'json', (cache) => cache.set('payment:p-1', '{')],
    ['an older format', 'schema', (cache) => cache.set('payment:p-1', '{"id":"p-1"}')],
    ['a key of another type', 'type', (cache) => cache.lpush('payment:p-1', 'x')],
  ])('is rebuilt over %s, which is counted', async (_, reason, spoil) => {
    recorded(payment);
    const onUnreadable = jest.fn();
    await spoil(redis.connections.cache);
    expect(await storeOf({ onUnreadable }).byPaymentId('p-1')).toEqual(payment);
    expect(onUnreadable.mock.calls).toEqual([[{ store: 'payment data', reason }]]);
    expect(await redis.connections.cache.ttl('payment:p-1')).toBeGreaterThan(0);
  });

  it('comes from PostgreSQL while Redis is away, and after it was emptied', async () => {
    recorded(payment);
    const store = storeOf();
    await store.put(payment);
    await redis.connections.cache.flushall();
    expect(await store.byProviderRef('yookassa', 'yk-1')).toEqual(payment);
    await redis.server.kill();
    await redis.noticed('degraded');
    await store.put(payment);
    expect(await store.byPaymentId('p-1')).toEqual(payment);
    expect(await store.byProviderRef('yookassa', 'yk-1')).toEqual(payment);
  });
});
