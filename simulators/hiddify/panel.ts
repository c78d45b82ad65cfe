import type { PanelClock } from './clock';
import type { Faults } from './faults';
import type { Family } from './family';
import type { AdminRow, PanelState } from './state';

/** What the route handlers share: one running panel. */
export interface Panel {
  readonly version: string;
  readonly family: Family;
  readonly major: number;
  readonly adminPath: string;
  readonly clientPath: string;
  readonly clock: PanelClock;
  readonly faults: Faults;
  state: PanelState;
  /** Told after every change of the state, so that it reaches the file. */
  changed(): void;
  /** Sessions by cookie value: the panel accepts a cookie instead of the key. Not kept in the file. */
  readonly sessions: Map<string, string>;
}

/** One request to the panel, as its handlers see it. */
export interface PanelRequest {
  readonly method: string;
  /** Path segments after the secret one, without the final slash. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly body: string;
  readonly origin: string;
  readonly header: (name: string) => string | undefined;
}

/** Ids of an admin and of everyone below them. */
export function subtree(state: PanelState, adminId: number): Set<number> {
  const ids = new Set([adminId]);
  for (let grew = true; grew;) {
    grew = false;
    for (const admin of state.admins) {
      if (admin.parentId !== null && ids.has(admin.parentId) && !ids.has(admin.id)) {
        ids.add(admin.id);
        grew = true;
      }
    }
  }
  return ids;
}

/**
 * The caller's key: the documented header, HTTP Basic `uuid:`, or a session cookie from an earlier answer. Bearer is
 * not known.
 */
export function presentedKey(panel: Panel, request: PanelRequest): string | undefined {
  const header = request.header('hiddify-api-key');
  if (header !== undefined) return header.toLowerCase();
  const basic = /^Basic (.+)$/i.exec(request.header('authorization') ?? '')?.[1];
  if (basic !== undefined) return Buffer.from(basic, 'base64').toString('utf8').split(':')[0]?.toLowerCase();
  const session = /(?:^|;\s*)session=([^;]+)/.exec(request.header('cookie') ?? '')?.[1];
  return session === undefined ? undefined : panel.sessions.get(session);
}

export function adminOf(panel: Panel, key: string | undefined): AdminRow | undefined {
  return key === undefined ? undefined : panel.state.admins.find((admin) => admin.uuid === key);
}
