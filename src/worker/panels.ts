import { createHiddifyPanel, type HiddifyPanel } from '../gateways/hiddify';
import type { HttpObserver } from '../gateways/http';
import type { PanelAccess } from '../storage/postgres/catalogue';

/** Long enough for the panel's first job to have ended, short enough for a buyer who is just setting up their app. */
const REFRESH_NEW_AFTER_MS = 15_000;

/**
 * One client for each panel, made at its first use and again when the owner changes the panel's address or key.
 * @param writeGapMs pause between two writes to one panel
 */
export function createPanels(observe: HttpObserver | undefined, writeGapMs = 0): (access: PanelAccess) => HiddifyPanel {
  const clients = new Map<string, { access: PanelAccess; panel: HiddifyPanel }>();
  return (access) => {
    const { serverCode, adminUrl, apiKey } = access;
    const known = clients.get(serverCode);
    if (known && known.access.adminUrl === adminUrl && known.access.apiKey === apiKey) return known.panel;
    const panel = createHiddifyPanel({
      adminUrl,
      apiKey,
      writeGapMs,
      refreshNewAfterMs: REFRESH_NEW_AFTER_MS,
      ...(observe === undefined ? {} : { observe }),
    });
    clients.set(serverCode, { access, panel });
    return panel;
  };
}
