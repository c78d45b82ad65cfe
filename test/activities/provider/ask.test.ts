import { describe, expect, it } from '@jest/globals';
import { askProvider } from '../../../src/activities/provider/ask';
import type { Payment } from '../../../src/domain/payment';
import type { PaymentState } from '../../../src/providers/port';
import { providersOf } from '../../../src/providers/registry';
import { aPayment } from '../../bot/fixtures';
import { aProvider } from '../../providers/aProvider';

const { signal } = new AbortController();
const OPEN: PaymentState = { state: 'open' };

/** Asks about an order of a provider that says these, one after the other. @returns the verdict, and what was called */
async function asked(
  dismissed: boolean,
  says: readonly PaymentState[],
  closes?: 'closed' | 'paid',
  change: Partial<Payment> = {},
) {
  const calls: string[] = [];
  const dismissedAt = dismissed ? new Date() : null;
  const payment = aPayment({
    status: 'pending',
    providerRef: 'p-1',
    providerAccount: '100500',
    dismissedAt,
    ...change,
  });
  const answers = [...says];
  const provider = aProvider({
    id: payment.provider,
    async check() {
      calls.push('check');
      return answers.shift()!;
    },
    ...(closes && {
      async close() {
        calls.push('close');
        return closes;
      },
    }),
  });
  const verdict = await askProvider({ providers: providersOf([provider]), now: () => new Date() }, payment, signal);
  return { verdict, calls };
}

const paidFor = ({ id, priceKopecks, currency } = aPayment()): PaymentState => ({
  state: 'paid',
  charges: [
    {
      chargeId: 'c-1',
      ref: 'p-1',
      claim: { orderId: id, installationId: null },
      amount: { currency, minor: priceKopecks },
      refundedMinor: 0,
      at: null,
      receipt: 'none',
    },
  ],
});

describe('an order that its buyer has dismissed', () => {
  it('is ended at a provider that can end it', async () => {
    expect(await asked(true, [OPEN], 'closed')).toEqual({
      verdict: { status: 'canceled', reason: 'buyer' },
      calls: ['check', 'close'],
    });
  });

  it('and was paid a moment before: the money counts', async () => {
    expect(await asked(true, [OPEN, paidFor()], 'paid')).toEqual({
      verdict: { status: 'succeeded' },
      calls: ['check', 'close', 'check'],
    });
    expect((await asked(true, [paidFor()], 'closed')).calls).toEqual(['check']);
  });

  it('and was ended before: that the provider does not know it any more needs no person', async () => {
    expect((await asked(true, [{ state: 'unknown' }], 'closed')).verdict).toEqual({
      status: 'canceled',
      reason: 'buyer',
    });
  });

  it('waits for the last word of a provider that can’t end it', async () => {
    expect(await asked(true, [OPEN])).toEqual({ verdict: { status: 'pending' }, calls: ['check'] });
  });
});

it('an order of another account, which nobody can ask about, is left to a person', async () => {
  const elsewhere = { providerAccount: '999', payableUntil: new Date(0) };
  expect((await asked(true, [{ state: 'unknown' }], 'closed', elsewhere)).verdict).toMatchObject({ status: 'unknown' });
});

it('an order that is wanted is never ended', async () => {
  expect(await asked(false, [OPEN], 'closed')).toEqual({ verdict: { status: 'pending' }, calls: ['check'] });
});
