/** The shop's numbers, and what each of them means. */
import type { Language } from '../../domain/language';
import { formatMoney } from '../../domain/money';
import { DAILY_NUMBERS, NUMBER_PERIODS, type NumberPeriod, type PeriodNumbers } from '../../domain/numbers';
import { plain, t } from '../locales/index';
import { button, keyboard, menuButton } from './buttons';
import type { Screen } from './screen';
import { paragraphs } from './wording';

const PERIODS = Object.keys(NUMBER_PERIODS) as readonly NumberPeriod[];

export function numbersScreen({ period, from, to, money, counts, active }: PeriodNumbers, language: Language): Screen {
  return {
    text: paragraphs(
      t(language, 'numbers', { period, from, to }),
      money.length === 0
        ? t(language, 'numbers-no-money')
        : money
            .map(({ currency, gross, refunds, net }) =>
              t(language, 'numbers-money', {
                gross: formatMoney({ currency, minor: gross }, language),
                refunds: formatMoney({ currency, minor: refunds }, language),
                net: formatMoney({ currency, minor: net }, language),
              }),
            )
            .join('\n'),
      t(language, 'numbers-people', { ...counts, ...active, all: active.paid + active.trial + active.given }),
    ),
    keyboard: keyboard(
      PERIODS.map((one) =>
        button(`${one === period ? '• ' : ''}${plain(language, 'numbers-period', { period: one })}`, {
          do: 'numbers',
          period: one,
        }),
      ),
      [button(plain(language, 'button-numbers-csv'), { do: 'numbers-csv', period })],
      [button(plain(language, 'button-numbers-meaning'), { do: 'numbers-meaning' })],
      [button(plain(language, 'button-desk'), { do: 'desk' }), menuButton(language)],
    ),
  };
}

/** What each number counts, in the words of its view. */
export function numbersMeaningScreen(language: Language): Screen {
  const of = (number: string) => t(language, 'numbers-meaning', { number });
  return {
    text: paragraphs(t(language, 'numbers-meaning-head'), [...DAILY_NUMBERS, 'active'].map(of).join('\n')),
    keyboard: keyboard([button(plain(language, 'button-back'), { do: 'numbers', period: 'month' })]),
  };
}
