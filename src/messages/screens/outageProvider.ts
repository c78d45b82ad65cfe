/** Who waits for a payment provider while it is away or refuses the shop. */
import type { Language } from '../../domain/language';
import { formatSums } from '../../domain/money';
import type { WaitingForProvider } from '../../storage/postgres/waitingForProvider';
import { plain, t } from '../locales/index';
import { outageOrderLine, outageOrders } from './outageOrders';

/**
 * Each string a paragraph.
 * @param isOver it answers again: whether an order is paid is seen by now, so only what it has to make still waits
 */
export function waitingForProviderLines(
  waiting: WaitingForProvider,
  { isOver, timeZone }: { readonly isOver: boolean; readonly timeZone: string },
  language: Language,
): string[] {
  const { links, refunds, refundSums } = waiting;
  const payments = isOver ? 0 : waiting.payments;
  const orders = waiting.orders.filter(({ what }) => !isOver || what !== 'payment');
  const count = links + payments + refunds;
  if (count === 0) return isOver ? [] : [t(language, 'outage-provider-nobody')];
  const counted = [
    links > 0 ? plain(language, 'outage-provider-links', { links }) : '',
    payments > 0 ? plain(language, 'outage-provider-payments', { payments }) : '',
    refunds > 0
      ? plain(language, 'outage-provider-refunds', { refunds, amount: formatSums(refundSums, language) })
      : '',
  ].filter((part) => part !== '');
  const heading = t(language, 'outage-provider-waiting', { counts: counted.join('; ') });
  const lines = orders.map((order) =>
    outageOrderLine('outage-provider-order', order, { what: order.what }, { language, timeZone }),
  );
  return [
    outageOrders(heading, lines, count, language),
    t(language, 'outage-orders-hint'),
    isOver ? t(language, 'outage-provider-goes-on') : '',
  ];
}
