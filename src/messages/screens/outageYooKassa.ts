/** Who waits for YooKassa while it is away or refuses the shop. */
import type { Language } from '../../domain/language';
import { formatKopecks } from '../../domain/money';
import type { WaitingForYooKassa, WaitsForYooKassa } from '../../storage/postgres/waitingForYooKassa';
import { plain, t, tame } from '../locales/index';
import { inLanguage, orderNumber, shortMoment } from './wording';

/**
 * Each string a paragraph.
 * @param isOver it answers again: whether an order is paid is seen by now, so only what it has to make still waits
 */
export function waitingForYooKassaLines(
  waiting: WaitingForYooKassa,
  { isOver, timeZone }: { readonly isOver: boolean; readonly timeZone: string },
  language: Language,
): string[] {
  const { links, refunds, refundKopecks } = waiting;
  const payments = isOver ? 0 : waiting.payments;
  const orders = waiting.orders.filter(({ what }) => !isOver || what !== 'payment');
  const count = links + payments + refunds;
  if (count === 0) return isOver ? [] : [t(language, 'outage-yookassa-nobody')];
  const counted = [
    links > 0 ? plain(language, 'outage-yookassa-links', { links }) : '',
    payments > 0 ? plain(language, 'outage-yookassa-payments', { payments }) : '',
    refunds > 0
      ? plain(language, 'outage-yookassa-refunds', { refunds, amount: formatKopecks(refundKopecks, language) })
      : '',
  ].filter((part) => part !== '');
  const who = [
    t(language, 'outage-yookassa-waiting', { counts: counted.join('; ') }),
    ...orders.map((order) => orderLine(order, timeZone, language)),
    ...(count > orders.length ? [t(language, 'outage-more', { count: count - orders.length })] : []),
  ];
  return [who.join('\n'), t(language, 'outage-orders-hint'), isOver ? t(language, 'outage-yookassa-goes-on') : ''];
}

/** Characters of a plan's name in a list: ten orders fit into one message. */
const MAX_PLAN = 40;

function orderLine(order: WaitsForYooKassa, timeZone: string, language: Language): string {
  return t(language, 'outage-yookassa-order', {
    number: orderNumber(order.id),
    plan: tame(inLanguage(order.planName, language), MAX_PLAN),
    amount: formatKopecks(order.kopecks, language),
    userId: String(order.userId),
    what: order.what,
    since: shortMoment(order.since, language, timeZone),
  });
}
