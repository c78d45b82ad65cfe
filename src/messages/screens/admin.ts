import type { Language } from '../../domain/language';
import { formatKopecks } from '../../domain/money';
import { plain, t } from '../locales/index';
import { keyboard, linkButton, menuButton } from './buttons';
import type { ShopCounts } from '../../storage/postgres/shopCounts';
import type { Screen } from './screen';
import { workflowSearch, type TemporalUi } from './webUi';

export function adminScreen(counts: ShopCounts, temporalUi: TemporalUi | undefined, language: Language): Screen {
  const { revenueTodayKopecks, ...numbers } = counts;
  return {
    text: t(language, 'admin', { ...numbers, revenueToday: formatKopecks(revenueTodayKopecks, language) }),
    keyboard: keyboard(
      [linkButton(plain(language, 'button-temporal-attention'), workflowSearch(temporalUi, 'NeedsAttention=true'))],
      [linkButton(plain(language, 'button-temporal'), workflowSearch(temporalUi, 'WorkflowType="payment"'))],
      [menuButton(language)],
    ),
  };
}
