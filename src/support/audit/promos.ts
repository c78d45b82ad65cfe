/** Compares promo codes and their uses with the orders that hold them. */
import { isOpen, type PaymentStatus } from '../../domain/payment';
import type { Difference } from './differences';
import type { LedgerPayment, DatabaseBook } from './ledger';
import type { LedgerPromo, LedgerPromoUse } from './promoLedger';

/**
 * No code is used more often than it may be, and each use is what its order's status says: reserved while the money may
 * come, used when it has come, returned when nothing of it stays with the shop.
 */
export function comparePromos({
  payments,
  promoUses,
  promos,
  freeUses,
  freeGrants,
}: Pick<DatabaseBook, 'payments' | 'promoUses' | 'promos' | 'freeUses' | 'freeGrants'>): Difference[] {
  const useOf = new Map(promoUses.map((use) => [use.paymentId, use]));
  const ofOrders = payments.flatMap((payment) => judgeUse(payment, useOf.get(payment.id)));
  const free = new Set(freeUses);
  const unbacked = freeGrants
    .filter(({ kind, source }) => kind === 'promo' && !free.has(source))
    .map(({ source, subscriptionId }): Difference => {
      const detail = `${source} was given, and is no use of a promo code`;
      return { kind: 'wrong-promo-use', ids: { subscription: subscriptionId }, detail };
    });
  return [...ofOrders, ...unbacked, ...promos.flatMap(judgeCode)];
}

function judgeUse(payment: LedgerPayment, use: LedgerPromoUse | undefined): Difference[] {
  const { id, promoCode, status } = payment;
  const wrong = (detail: string): Difference[] => [{ kind: 'wrong-promo-use', ids: { payment: id }, detail }];
  if (promoCode === null)
    return use === undefined ? [] : wrong('it holds a use of a code that it was not ordered with');
  if (use === undefined) return wrong(`it was ordered with ${promoCode} and holds no use of it`);
  if (use.code !== promoCode) return wrong(`it was ordered with ${promoCode} and holds a use of ${use.code}`);
  if (allowedFor(status).includes(use.status)) return [];
  return wrong(`the use of ${promoCode} is ${use.status}, the order is ${status}`);
}

function allowedFor(status: PaymentStatus): readonly LedgerPromoUse['status'][] {
  if (isOpen(status)) return ['reserved'];
  // Money that bought nothing goes back without having been recorded as a purchase.
  if (status === 'refunding') return ['reserved', 'used'];
  return status === 'paid' || status === 'delayed' || status === 'issued' ? ['used'] : ['returned'];
}

function judgeCode({ code, usesTotal, usesPerPerson, counted, mostOfPerson }: LedgerPromo): Difference[] {
  const oversold = (detail: string): Difference => ({ kind: 'promo-oversold', ids: { promo: code }, detail });
  return [
    ...(usesTotal !== null && counted > usesTotal ? [oversold(`${counted} uses of ${usesTotal}`)] : []),
    ...(mostOfPerson > usesPerPerson ? [oversold(`${mostOfPerson} uses of one person, of ${usesPerPerson}`)] : []),
  ];
}
