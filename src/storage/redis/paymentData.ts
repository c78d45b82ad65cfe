import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { ProviderId } from '../../domain/provider';
import { isRedisUnavailable, isWrongType, reach, unlessAway } from './errors';
import { defineScript } from './scripts';
import { parseStored, type OnUnreadable, type Unreadable } from './stored';

const schema = z.object({
  paymentId: z.string().min(1),
  provider: z.string().min(1),
  providerRef: z.string().min(1).nullable(),
  userId: z.int(),
  serverCode: z.string().min(1).nullable(),
});

/** Enough to find a payment's workflow and to know whose payment it is. No decision about money is based on it. */
export interface PaymentData {
  readonly paymentId: string;
  readonly provider: ProviderId;
  /** `null` until the provider has answered. */
  readonly providerRef: string | null;
  /** Telegram id of the buyer. */
  readonly userId: number;
  /** `null` while "choose for me" is undecided. */
  readonly serverCode: string | null;
}

export interface PaymentDataStore {
  /** Keeps it for 30 minutes. Without Redis it does nothing: reads then ask PostgreSQL. */
  put(payment: PaymentData): Promise<void>;
  /** From Redis, else from PostgreSQL. @returns `undefined` for an unknown payment */
  byPaymentId(paymentId: string): Promise<PaymentData | undefined>;
  byProviderRef(provider: ProviderId, providerRef: string): Promise<PaymentData | undefined>;
}

export interface PaymentDataOptions {
  readonly redis: Redis;
  /** Reads PostgreSQL. Its errors reach the caller. */
  readonly rebuild: {
    byPaymentId(paymentId: string): Promise<PaymentData | undefined>;
    byProviderRef(provider: ProviderId, providerRef: string): Promise<PaymentData | undefined>;
  };
  /** Default 30 minutes. */
  readonly ttlSeconds?: number;
  readonly onUnreadable?: OnUnreadable;
}

const DROP = `if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end`;

export function createPaymentData(options: PaymentDataOptions): PaymentDataStore {
  const { redis, rebuild, ttlSeconds = 1_800 } = options;
  const drop = defineScript(redis, 'payment data drop', 1, DROP);
  const paymentKey = (paymentId: string): string => `payment:${paymentId}`;
  const refKey = (provider: ProviderId, providerRef: string): string =>
    `payment-of-provider:${provider}:${providerRef}`;

  /** @param only `NX` for a rebuilt value: one that was put meanwhile is newer and stays */
  async function store(payment: PaymentData, only?: 'NX'): Promise<void> {
    const writes = [{ key: paymentKey(payment.paymentId), text: JSON.stringify(payment) }];
    if (payment.providerRef !== null)
      writes.push({ key: refKey(payment.provider, payment.providerRef), text: JSON.stringify(payment.paymentId) });
    await unlessAway(
      reach('payment data put', () =>
        Promise.all(
          writes.map(({ key, text }) =>
            only ? redis.set(key, text, 'EX', ttlSeconds, only) : redis.set(key, text, 'EX', ttlSeconds),
          ),
        ),
      ),
      undefined,
    );
  }

  async function read<T>(key: string, as: z.ZodType<T>): Promise<T | undefined> {
    const unreadable = (reason: Unreadable['reason']): undefined =>
      options.onUnreadable?.({ store: 'payment data', reason }) as undefined;
    try {
      const text = await reach('payment data read', () => redis.get(key));
      if (text === null) return undefined;
      const parsed = parseStored(text, as);
      if (parsed.ok) return parsed.value;
      await drop([key], [text]);
      return unreadable(parsed.reason);
    } catch (error) {
      if (isRedisUnavailable(error)) return undefined;
      if (!isWrongType(error)) throw error;
      await unlessAway(
        reach('payment data drop', () => redis.unlink(key)),
        0,
      );
      return unreadable('type');
    }
  }

  async function rebuilt(from: Promise<PaymentData | undefined>): Promise<PaymentData | undefined> {
    const payment = await from;
    // Without the provider's id it is incomplete, and with NX it would keep the complete value from being stored a moment
    // later.
    if (payment && payment.providerRef !== null) await store(payment, 'NX');
    return payment;
  }

  return {
    put: (payment) => store(schema.parse(payment)),

    async byPaymentId(paymentId) {
      return (await read(paymentKey(paymentId), schema)) ?? rebuilt(rebuild.byPaymentId(paymentId));
    },

    async byProviderRef(provider, providerRef) {
      const paymentId = await read(refKey(provider, providerRef), z.string().min(1));
      const payment = paymentId === undefined ? undefined : await read(paymentKey(paymentId), schema);
      // The two keys expire separately; when they no longer agree, the value is rebuilt.
      const isIt = payment?.provider === provider && payment.providerRef === providerRef;
      return isIt ? payment : rebuilt(rebuild.byProviderRef(provider, providerRef));
    },
  };
}
