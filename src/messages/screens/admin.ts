import type { Language } from '../../domain/language';
import { formatSums } from '../../domain/money';
import { SEARCH_ATTRIBUTE } from '../../domain/searchAttributes';
import { plain, t } from '../locales/index';
import { addressLines, button, keyboard, linkButton, menuButton } from './buttons';
import type { ServerInTrouble } from '../../storage/postgres/serverSales';
import type { ShopCounts } from '../../storage/postgres/shopCounts';
import type { Screen } from './screen';
import { workflowSearch, type TemporalUi } from './webUi';

export interface AdminScreenInput {
  readonly counts: ShopCounts;
  /** Servers in an outage, or on which the owner has stopped selling: a button each. */
  readonly servers: readonly ServerInTrouble[];
  readonly temporalUi: TemporalUi | undefined;
}

/** More buttons than this nobody reads. */
const MOST_SERVERS = 20;

export function adminScreen({ counts, servers, temporalUi }: AdminScreenInput, language: Language): Screen {
  const { revenueToday, ...numbers } = counts;
  const links = [
    [
      plain(language, 'button-temporal-attention'),
      workflowSearch(temporalUi, `${SEARCH_ATTRIBUTE.needsAttention}=true`),
    ],
    [plain(language, 'button-temporal'), workflowSearch(temporalUi, 'WorkflowType="payment"')],
  ] as const;
  const text = t(language, 'admin', { ...numbers, revenueToday: formatSums(revenueToday, language) });
  return {
    text: text + addressLines(...links),
    keyboard: keyboard(
      [button(plain(language, 'button-desk-search'), { do: 'desk-search' })],
      [button(plain(language, 'button-numbers'), { do: 'numbers', period: 'week' })],
      ...servers.slice(0, MOST_SERVERS).map(({ code, name, isStopped }) => [
        button(plain(language, isStopped ? 'button-sale-stopped-of' : 'button-outage-of', { name }), {
          do: 'outage',
          server: code,
          what: 'show',
        }),
      ]),
      ...links.map((link) => [linkButton(...link)]),
      [button(plain(language, 'button-panels'), { do: 'panels', page: 0 })],
      [menuButton(language)],
    ),
  };
}
