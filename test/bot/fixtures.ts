import type { Payment } from '../../src/domain/payment';
import type { SubscriptionView } from '../../src/storage/postgres/subscriptions';

export const NOW = new Date('2026-11-24T09:00:00Z');

/** A payment as it is read from the database, with the fields that a test changes. */
export function aPayment(changes: Partial<Payment> = {}): Payment {
  return {
    purpose: (changes.renewsSubscriptionId ?? null) === null ? 'buy' : 'renew',
    id: '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab',
    userId: 4242,
    chatId: 4242,
    screenMessageId: 7,
    language: 'ru',
    status: 'pending',
    planCode: 'month',
    planName: { ru: 'Месяц', en: 'A month' },
    days: 30,
    trafficGb: 100,
    basePriceKopecks: 29_900,
    discountKopecks: 0,
    priceKopecks: 29_900,
    promoCode: null,
    promoDays: 0,
    currency: 'RUB',
    locationCode: 'nl',
    locationName: { ru: 'Нидерланды', en: 'Netherlands' },
    locationFlag: '🇳🇱',
    serverCode: 'nl-1',
    serverName: 'Amsterdam 1',
    serverTrouble: null,
    chosenServerCode: 'nl-1',
    renewsSubscriptionId: null,
    subscriptionId: null,
    provider: 'yookassa',
    providerRef: '2e8c1f4a-000f-5000-8000-1c2d3e4f5a6b',
    confirmationUrl: 'https://yoomoney.ru/checkout/payments/v2/contract?orderId=2e8c1f4a',
    createdAt: NOW,
    payableUntil: new Date(NOW.getTime() + 3_600_000),
    paidAt: null,
    endedAt: null,
    refundedKopecks: 0,
    reason: null,
    dismissedAt: null,
    providerAccount: null,
    checkedAt: null,
    promoUsableUntil: null,
    ownerToldOf: null,
    keySentAt: null,
    ...changes,
  };
}

export function aSubscription(changes: Partial<SubscriptionView> = {}): SubscriptionView {
  return {
    id: '5c1d2e3f-4a5b-4c6d-8e7f-9a0b1c2d3e4f',
    userId: 4242,
    locationCode: 'nl',
    serverCode: 'nl-1',
    planCode: 'month',
    panelUserId: '77777777-8888-4999-8aaa-bbbbbbbbbbbb',
    startsAt: NOW,
    expiresAt: new Date(NOW.getTime() + 30 * 86_400_000),
    trafficGb: 100,
    unlimitedUntil: null,
    laterTrafficGb: 0,
    status: 'active',
    locationName: { ru: 'Нидерланды', en: 'Netherlands' },
    locationFlag: '🇳🇱',
    serverName: 'Amsterdam 1',
    panelClientUrl: 'https://panel.example.com/clientpath',
    isPanelGone: false,
    endsWithPurchase: false,
    ...changes,
  };
}
