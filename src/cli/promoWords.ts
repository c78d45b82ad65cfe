/** A promo code for a terminal. */
import { formatKopecks } from '../domain/money';
import type { PromoCode } from '../storage/postgres/promo/codes';

const day = (at: Date | null): string => (at === null ? '-' : `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`);

function gives({ kind, amount }: PromoCode): string {
  switch (kind) {
    case 'percent':
      return amount === 100 ? 'a plan for nothing' : `${amount} % off`;
    case 'fixed':
      return `${formatKopecks(amount, 'en')} off`;
    case 'days':
      return `${amount} days with a purchase`;
    case 'days-alone':
      return `${amount} days of a subscription that is there`;
  }
}

/** One line for a list. */
export function promoLine(promo: PromoCode): string {
  const { code, active, used, reserved, usesTotal, validUntil, note } = promo;
  const parts = [
    code.padEnd(20),
    (active ? 'on' : 'off').padEnd(4),
    gives(promo).padEnd(28),
    `used ${used} of ${usesTotal ?? 'any number'}, links out ${reserved}`.padEnd(40),
    validUntil === null ? '' : `until ${day(validUntil)}`,
    note,
  ];
  return parts.join(' ').trimEnd();
}

/** All of it. */
export function promoLines(promo: PromoCode): string {
  const { code, active, validFrom, validUntil, usesTotal, usesPerPerson, planCodes, minDays, audience } = promo;
  const { userId, renewals, note, reserved, used, returned } = promo;
  const facts: [string, string][] = [
    ['code', `${code} (${active ? 'on' : 'off'})`],
    ['gives', gives(promo)],
    ['valid', `from ${day(validFrom)} until ${day(validUntil)}`],
    ['uses', `${usesTotal ?? 'any number'} in all, ${usesPerPerson} per person`],
    ['plans', `${planCodes?.join(', ') ?? 'all'}${minDays === null ? '' : `, of ${minDays} days or more`}`],
    ['for', audience === 'person' ? `the person ${userId}` : audience],
    ['renewals', renewals ? 'yes' : 'no'],
    ['links out', `${reserved}: they keep what they were made with`],
    ['used', String(used)],
    ['given back', String(returned)],
    ...(note === '' ? [] : ([['note', note]] satisfies [string, string][])),
  ];
  return facts.map(([name, value]) => `${name.padEnd(12)}${value}`).join('\n');
}
