/** Small phrases that many screens share: amounts, periods, moments. */
import { DEFAULT_TIME_ZONE } from '../../domain/calendar';
import type { Location, ServerTrouble } from '../../domain/catalogue';
import type { PlanGrant, PlanLimits, SubscriptionLimits } from '../../domain/grant';
import type { Language, LocalizedText } from '../../domain/language';
import { formatMoney } from '../../domain/money';
import { moneyIn, promoOf, type Payment } from '../../domain/payment';
import type { AppliedPromo } from '../../domain/promo/terms';
import type { ProviderId } from '../../domain/provider';
import { providerLabel } from '../../providers/labels';
import { escapeHtml, html, plain, t, type Html } from '../locales/index';
import { priceWords } from './amounts';

/** A text that Telegram copies at a tap: a key, a link. */
export function copyable(text: string): Html {
  return html(`<code>${escapeHtml(text)}</code>`);
}

/** The variables of every text that says what a subscription is limited to. */
export function limitWords(
  language: Language,
  limits: SubscriptionLimits & { readonly expiresAt: Date },
  timeZone: string,
) {
  const words = grantedLimitWords(language, limits);
  const { unlimitedUntil, laterTrafficGb, expiresAt } = limits;
  if (unlimitedUntil === null || unlimitedUntil >= expiresAt) return words;
  const until = moment(unlimitedUntil, language, timeZone);
  return { ...words, traffic: plain(language, 'traffic-unlimited-until', { until, gb: laterTrafficGb }) };
}

function grantedLimitWords(language: Language, { trafficGb }: PlanLimits) {
  return {
    traffic: trafficGb === null ? plain(language, 'traffic-unlimited') : plain(language, 'traffic', { gb: trafficGb }),
  } satisfies Record<LimitWord, string>;
}

/** The variables of every text that says what a plan grants. */
export function grantWords(language: Language, grant: PlanGrant) {
  return { days: days(language, grant.days), ...grantedLimitWords(language, grant) };
}

/** `trafficGb` → `traffic`: texts name a limit without its unit. */
type LimitWord = keyof {
  [Limit in keyof PlanLimits as Limit extends `${infer Word}Gb` ? Word : Limit]: string;
};

export function days(language: Language, count: number): string {
  return plain(language, 'days', { days: count });
}

/** A time with its zone: `14:35 по Москве`, `14:35 (GMT+5)`. */
export function clock(at: Date, language: Language, timeZone: string): string {
  const zone = knownZone(timeZone);
  const time = formatter('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone }).format(at);
  if (zone === DEFAULT_TIME_ZONE) return plain(language, 'clock-moscow', { time });
  const name = formatter('en', { timeZone: zone, timeZoneName: 'shortOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName');
  return plain(language, 'clock-zone', { time, zone: name?.value ?? zone });
}

/** `24 декабря 2026 г., 14:35`: the day and the minute a subscription ends. */
export function moment(at: Date, language: Language, timeZone: string): string {
  const day = formatter(language === 'ru' ? 'ru-RU' : 'en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: knownZone(timeZone),
  }).format(at);
  return `${day}, ${clock(at, language, timeZone)}`;
}

/** `24 декабря, 14:35`: for lists under a text that names the time zone. */
export function shortMoment(at: Date, language: Language, timeZone: string): string {
  return formatter(language === 'ru' ? 'ru-RU' : 'en-GB', {
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: knownZone(timeZone),
  }).format(at);
}

/**
 * Formatters are cached, one for each zone and format: making one takes a thousand times as long as using it, and
 * thirty thousand reminders would allocate half a gigabyte.
 */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  formatters.set(key, made);
  return made;
}

/** The zone, or Moscow when the runtime does not know it. */
function knownZone(timeZone: string): string {
  try {
    return formatter('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return DEFAULT_TIME_ZONE;
  }
}

/** The short order number that people tell each other: the first 8 characters of the id. */
export function orderNumber(paymentId: string): string {
  return paymentId.slice(0, 8);
}

/** What a server's trouble means for who pays now; `undefined` without one. */
export function troubleWarning(
  trouble: ServerTrouble | null,
  isRenewal: boolean,
  language: Language,
  isFree = false,
): string | undefined {
  if (trouble === null) return undefined;
  if (isFree) return t(language, 'server-trouble-free', { trouble });
  return t(language, isRenewal ? 'server-trouble-renewal' : 'server-trouble', { trouble });
}

/** The label of a button for what costs nothing, marked where it waits for a server. */
export function freeLabel(label: string, trouble: ServerTrouble | null): string {
  return trouble === null ? label : `⚠️ ${label}`;
}

/** What the marks of `freeLabel` mean; `undefined` where there is none. */
export function freeTroubles(troubles: readonly (ServerTrouble | null)[], language: Language): string | undefined {
  if (troubles.every((one) => one === null)) return undefined;
  return t(language, 'free-trouble', { all: String(!troubles.includes(null)) });
}

/** What the code gives in an order in this currency; `undefined` without one. */
export function promoLine(promo: AppliedPromo | null, currency: string, language: Language): string | undefined {
  if (promo === null) return undefined;
  return t(language, 'promo-line', {
    code: promo.code,
    gives: promo.days > 0 ? 'days' : 'discount',
    days: days(language, promo.days),
    discount: formatMoney({ currency, minor: promo.discountKopecks }, language),
  });
}

/** That the use of a code was given back, and until when it is theirs; `undefined` where it is not. */
export function promoAgainLine(
  { promoCode, promoUsableUntil: until }: Pick<Payment, 'promoCode' | 'promoUsableUntil'>,
  language: Language,
  timeZone: string,
  now?: Date,
): string | undefined {
  if (promoCode === null || until === null || (now !== undefined && until <= now)) return undefined;
  return t(language, 'promo-again', { code: promoCode, until: moment(until, language, timeZone) });
}

/** What was ordered, for every screen of a payment. */
export function order(payment: Payment, language: Language): Html {
  const words = [orderText(payment, language), promoLine(promoOf(payment), payment.currency, language)];
  return html(words.filter((line) => line !== undefined).join('\n'));
}

function orderText(payment: Payment, language: Language): string {
  const { locationName, locationFlag, serverName } = payment;
  const bought = {
    plan: inLanguage(payment.planName, language),
    ...grantWords(language, payment),
    price: priceWords(moneyIn(payment, payment.basePriceKopecks), payment.discountKopecks, language),
    number: orderNumber(payment.id),
  };
  if (locationName === null) return t(language, 'order-gift', bought);
  return t(language, 'order', {
    flag: locationFlag ?? '',
    location: inLanguage(locationName, language),
    server: serverName ?? plain(language, 'server-undecided'),
    ...bought,
  });
}

/** A location on a button. */
export function locationLabel({ flag, name }: Pick<Location, 'flag' | 'name'>, language: Language): string {
  return `${flag} ${inLanguage(name, language)}`.trim();
}

/** Who takes the money, as people know them. */
export const providerName = (id: ProviderId, language: Language): string => inLanguage(providerLabel(id), language);

export function inLanguage(text: LocalizedText, language: Language): string {
  return text[language] || text.ru || text.en;
}

/** The parts that there are, one below the other. */
export function paragraphs(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}
