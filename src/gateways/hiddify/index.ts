/**
 * The gateway to Hiddify panels (API v2, versions 10.80 to 14). What may live here: the client, the wording of its calls,
 * the judgement of its answers, and pure functions about its links and dates. No storage, no shop rules.
 * Source of all facts about the panel: hiddifypanel 10.80.11, 13.0.3 and 14.0.5 (observed answers and source) and its issues.
 */
export { createHiddifyPanel, type HiddifyPanel, type HiddifyPanelOptions } from './client';
export {
  IMPORT_APPS,
  importLinks,
  LinkError,
  parseAdminUrl,
  parseClientUrl,
  subscriptionUrl,
  type ImportApp,
  type LinkProblem,
} from './links';
export { panelPeriod, type PanelPeriod } from './state';
export type { PanelFamily, PanelInfo, PanelLoad, PanelUser, PanelUserState } from './types';
