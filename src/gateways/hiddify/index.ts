/**
 * The gateway to Hiddify panels (API v2, versions 10.80 to 14): the client, the requests it builds, how answers are
 * read, and a pure function about the panel's dates. No storage, no shop rules. Source of all facts about the panel:
 * hiddifypanel 10.80.11, 13.0.3 and 14.0.5 (observed answers and source) and its issues.
 */
export { isAboutOneAccount } from './errors';
export { createHiddifyPanel } from './client';
export type { HiddifyPanel, HiddifyPanelOptions } from './panel';
export { PANEL_ENDS_WITHIN_MS, panelLimits, panelPeriod, type PanelLimits } from './state';
export { isUselessLink, openSubscription, openUnknownSubscription, type OpenLinkOptions } from './subscription';
export type { PanelAccounts, PanelLoad, PanelUser, PanelUserState } from './types';
