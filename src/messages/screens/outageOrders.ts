/** The orders that wait because of an outage, as an owner reads them: counted, and the first of them line by line. */
import type { Language, LocalizedText } from '../../domain/language';
import { formatMoney } from '../../domain/money';
import { t, tame, type TextArguments } from '../locales/index';
import { inLanguage, orderNumber, shortMoment } from './wording';

/** Characters of a plan's name in a list: ten orders fit into one message. */
const MAX_PLAN = 40;

export interface ListedOrder {
  readonly id: string;
  readonly userId: number;
  readonly planName: LocalizedText;
  readonly kopecks: number;
  readonly currency: string;
  readonly since: Date;
}

/**
 * One order as a line.
 * @param key the text, which gets the order's number, plan, amount, buyer and since when it waits
 */
export function outageOrderLine(
  key: string,
  { id, userId, planName, kopecks, currency, since }: ListedOrder,
  more: TextArguments,
  { language, timeZone }: { readonly language: Language; readonly timeZone: string },
): string {
  return t(language, key, {
    number: orderNumber(id),
    plan: tame(inLanguage(planName, language), MAX_PLAN),
    amount: formatMoney({ currency, minor: kopecks }, language),
    userId: String(userId),
    since: shortMoment(since, language, timeZone),
    ...more,
  });
}

/** @param count how many wait, of whom `lines` are the first @returns one paragraph */
export function outageOrders(heading: string, lines: readonly string[], count: number, language: Language): string {
  const more = count - lines.length;
  return [heading, ...lines, ...(more > 0 ? [t(language, 'outage-more', { count: more })] : [])].join('\n');
}
