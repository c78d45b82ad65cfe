/** Refunding everybody who waits for a panel. */
import type { Language } from '../../domain/language';
import { formatSums, type Sums } from '../../domain/money';
import type { Outage } from '../../storage/postgres/outages';
import { html, plain, t } from '../locales/index';
import { button, keyboard } from './buttons';
import { serviceName } from './outage';
import type { Screen } from './screen';

/**
 * Asks before it is done.
 * @param orders what it is about; what is paid later is not
 * @param paidUntil seconds since 1970, the newest of these was paid before
 */
export function outageRefundSureScreen(
  outage: Outage & { readonly serverCode: string },
  orders: { readonly count: number; readonly sums: Sums; readonly paidUntil: number },
  language: Language,
): Screen {
  const { count, sums, paidUntil } = orders;
  return {
    text: t(language, 'outage-refund-sure', {
      count,
      service: html(serviceName(outage, language)),
      amount: formatSums(sums, language),
    }),
    keyboard: keyboard(
      [
        button(plain(language, 'button-outage-refund-sure'), {
          do: 'outage-refund-sure',
          server: outage.serverCode,
          paidUntil,
        }),
      ],
      [button(plain(language, 'button-hide'), { do: 'hide' })],
    ),
  };
}

/** @param done see `DecidedForAll` */
export function outageRefundsOrderedScreen(
  outage: Outage,
  done: { readonly sent: number; readonly again: number },
  language: Language,
): Screen {
  return {
    text: t(language, 'outage-refunds-ordered', {
      count: done.sent,
      again: done.again,
      service: html(serviceName(outage, language)),
    }),
    keyboard: keyboard(),
  };
}
