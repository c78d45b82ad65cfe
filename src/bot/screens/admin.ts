import type { Language } from '../../domain/language';
import { formatKopecks } from '../../domain/money';
import { plain, t } from '../locales';
import { keyboard, linkButton, menuButton } from './buttons';
import type { ShopCounts } from '../../storage/postgres/shopCounts';
import type { Screen } from './screen';

/** @param temporalUi base address of the Web UI and the namespace */
export function adminScreen(counts: ShopCounts, temporalUi: { readonly url: string; readonly namespace: string } | undefined, language: Language): Screen {
  const workflows = temporalUi && `${temporalUi.url}/namespaces/${encodeURIComponent(temporalUi.namespace)}/workflows?query=`;
  const search = (query: string) => workflows && `${workflows}${encodeURIComponent(query)}`;
  const { revenueTodayKopecks, ...numbers } = counts;
  return {
    text: t(language, 'admin', { ...numbers, revenueToday: formatKopecks(revenueTodayKopecks, language) }),
    keyboard: keyboard(
      [linkButton(plain(language, 'button-temporal-attention'), search('NeedsAttention=true'))],
      [linkButton(plain(language, 'button-temporal'), search('WorkflowType="payment"'))],
      [menuButton(language)],
    ),
  };
}
