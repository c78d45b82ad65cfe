import { describe, expect, it } from '@jest/globals';
import { judge } from '../../../src/activities/provider/judge';
import type { YooPayment } from '../../../src/gateways/yookassa/answers';
import type { Charge } from '../../../src/providers/port';
import { stateOf } from '../../../src/providers/yookassa/shown';

const ours = {
  id: '0f0e0d0c-1111-4222-8333-444455556666',
  providerRef: '30f428d3-000f-5000-8000-1c2d3e4f5a6b',
  priceKopecks: 29_900,
  currency: 'RUB',
  status: 'pending',
} as const;
const theirs = (change: Partial<YooPayment>): YooPayment => ({
  id: ours.providerRef,
  status: 'succeeded',
  rawStatus: 'succeeded',
  paid: true,
  refundable: true,
  amountKopecks: 29_900,
  currency: 'RUB',
  refundedKopecks: 0,
  createdAt: '2026-11-24T09:00:00.000Z',
  capturedAt: undefined,
  confirmationUrl: undefined,
  cancellation: undefined,
  receiptRegistration: undefined,
  metadata: { gigabridge_payment_id: ours.id },
  test: true,
  ...change,
});

describe('what a provider’s word means for our payment', () => {
  it.each<[string, Partial<YooPayment>, ReturnType<typeof judge>]>([
    ['the right money is money', {}, { status: 'succeeded' }],
    ['a canceled receipt does not undo the money', { receiptRegistration: 'canceled' }, { status: 'succeeded' }],
    ['pending is pending', { status: 'pending', paid: false }, { status: 'pending' }],
    ['a hold is not ours yet', { status: 'waiting_for_capture' }, { status: 'pending' }],
    [
      'a status nobody knows is neither paid nor ended',
      { status: 'unknown', rawStatus: 'frozen' },
      { status: 'pending' },
    ],
    [
      'canceled says why',
      { status: 'canceled', cancellation: { party: 'payment_network', reason: 'insufficient_funds' } },
      { status: 'canceled', reason: 'insufficient_funds' },
    ],
    [
      'one kopeck less never delivers',
      { amountKopecks: 29_899 },
      { status: 'mismatch', reason: 'wrong-amount', paidKopecks: 29_899 },
    ],
    [
      'more is a mismatch too',
      { amountKopecks: 30_000 },
      { status: 'mismatch', reason: 'wrong-amount', paidKopecks: 30_000 },
    ],
    [
      '299 of something else is not 299 roubles',
      { currency: 'KZT' },
      { status: 'mismatch', reason: 'wrong-currency', paidKopecks: null },
    ],
    [
      'somebody else’s payment is not ours',
      { metadata: { gigabridge_payment_id: 'another' } },
      { status: 'mismatch', reason: 'foreign-payment', paidKopecks: null },
    ],
    [
      'nor is one without our mark',
      { metadata: {} },
      { status: 'mismatch', reason: 'foreign-payment', paidKopecks: null },
    ],
    [
      'money that went back in the cabinet before we saw it delivers nothing',
      { refundedKopecks: 29_900 },
      { status: 'mismatch', reason: 'refunded-outside', paidKopecks: 0 },
    ],
    [
      'nor does what is left of it',
      { refundedKopecks: 10_000 },
      { status: 'mismatch', reason: 'refunded-outside', paidKopecks: 19_900 },
    ],
    ['nor another id', { id: 'x' }, { status: 'mismatch', reason: 'foreign-payment', paidKopecks: null }],
  ])('%s', (_what, change, verdict) => {
    expect(judge(stateOf(theirs(change)), ours)).toEqual(verdict);
  });

  it('our own refund of a payment that is on its way back is no surprise', () => {
    expect(judge(stateOf(theirs({ refundedKopecks: 29_900 })), { ...ours, status: 'refunding' })).toEqual({
      status: 'succeeded',
    });
  });
});

describe('a payment that can be paid more than once', () => {
  const charge = (chargeId: string, change: Partial<Charge> = {}): Charge => ({
    chargeId,
    ref: ours.providerRef,
    claim: { orderId: ours.id, installationId: null },
    amount: { currency: 'RUB', minor: 29_900 },
    refundedMinor: 0,
    at: null,
    receipt: 'none',
    ...change,
  });
  const verdictOn = (...charges: [Charge, ...Charge[]]) => judge({ state: 'paid', charges }, ours);

  it('is paid by one whole charge, whatever else has come', () => {
    expect(verdictOn(charge('a'), charge('b'))).toEqual({ status: 'succeeded' });
    expect(verdictOn(charge('a', { refundedMinor: 29_900 }), charge('b'))).toEqual({ status: 'succeeded' });
    expect(verdictOn(charge('a', { claim: { orderId: 'another', installationId: null } }), charge('b'))).toEqual({
      status: 'succeeded',
    });
  });

  it('is not paid by two halves, nor by what has gone back', () => {
    const half = { amount: { currency: 'RUB', minor: 14_950 } };
    expect(verdictOn(charge('a', half), charge('b', half))).toEqual({
      status: 'mismatch',
      reason: 'wrong-amount',
      paidKopecks: 29_900,
    });
    expect(verdictOn(charge('a', { refundedMinor: 29_900 }), charge('b', { refundedMinor: 9_900 }))).toEqual({
      status: 'mismatch',
      reason: 'refunded-outside',
      paidKopecks: 20_000,
    });
  });
});
