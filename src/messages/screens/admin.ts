import type { Language } from '../../domain/language';
import { formatKopecks } from '../../domain/money';
import { plain, t } from '../locales/index';
import { addressLines, keyboard, linkButton, menuButton } from './buttons';
import type { ShopCounts } from '../../storage/postgres/shopCounts';
import type { Screen } from './screen';
import { workflowSearch, type TemporalUi } from './webUi';

export function adminScreen(counts: ShopCounts, temporalUi: TemporalUi | undefined, language: Language): Screen {
  const { revenueTodayKopecks, ...numbers } = counts;
  const links = [
    [plain(language, 'button-temporal-attention'), workflowSearch(temporalUi, 'NeedsAttention=true')],
    [plain(language, 'button-temporal'), workflowSearch(temporalUi, 'WorkflowType="payment"')],
  ] as const;
  const text = t(language, 'admin', { ...numbers, revenueToday: formatKopecks(revenueTodayKopecks, language) });
  return {
    text: text + addressLines(...links),
    keyboard: keyboard(...links.map((link) => [linkButton(...link)]), [menuButton(language)]),
  };
}
