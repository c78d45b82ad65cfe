import { adminRoutes, wireAdmin } from './admins';
import { FrameworkError, Refusal, type Answer } from './answers';
import { looksLikeUuid } from './family';
import { adminOf, presentedKey, subtree, type Panel, type PanelRequest } from './panel';
import { isActive, NEVER } from './rows';
import type { AdminRow } from './state';
import { userRoutes } from './users';

const PAGE: Answer = {
  status: 200,
  type: 'text/html; charset=utf-8',
  body: '<!doctype html><title>Hiddify</title><h1>Panel (simulator)</h1>',
};

/** What may follow the admin path: with a final slash required, without it a 308. */
export function isAdminRoute(segments: readonly string[]): boolean {
  const [api, v2, area, what, item, more] = segments;
  if (api !== 'api' || v2 !== 'v2')
    return segments.length === 0 || (segments.length === 1 && looksLikeUuid(segments[0]!));
  if (area === 'panel') return (what === 'info' || what === 'ping') && item === undefined;
  if (area !== 'admin' || more !== undefined) return false;
  if (what === 'user' || what === 'admin_user') return item === undefined || looksLikeUuid(item);
  return item === undefined && ['me', 'server_status', 'update_user_usage', 'all-configs'].includes(what ?? '');
}

/** `/<admin path>/…`: authentication, then the route. */
export async function adminApi(panel: Panel, request: PanelRequest): Promise<Answer> {
  const { segments, method } = request;
  if (segments[0] !== 'api') {
    if (!isAdminRoute(segments)) throw new FrameworkError(404);
    return PAGE;
  }
  // A wrong key is refused before anybody looks whether there is such a route.
  const admin = adminOf(panel, presentedKey(panel, request));
  if (!admin) throw notAllowed(panel);
  if (!isAdminRoute(segments)) throw new FrameworkError(404);
  const [, , area, what] = segments;
  if (area === 'panel') {
    if (what === 'ping') {
      if (!['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(method)) throw new FrameworkError(405);
      return { status: 200, body: { msg: `${method}: PONG` } };
    }
    if (method !== 'GET') throw new FrameworkError(405);
    return { status: 200, body: { version: panel.version } };
  }
  if (what === 'user') return userRoutes(panel, request, admin);
  if (what === 'admin_user') {
    if (admin.mode === 'agent') throw notAllowed(panel);
    return adminRoutes(panel, request, admin);
  }
  if (method !== 'GET') throw new FrameworkError(405);
  if (what === 'me') return { status: 200, body: wireAdmin(panel, admin, true) };
  if (what === 'server_status') return { status: 200, body: serverStatus(panel, admin) };
  if (admin.mode !== 'super_admin') throw notAllowed(panel);
  if (what === 'update_user_usage') {
    return htmlJson({ status: 'success', comments: panel.family === 'A' ? [] : {}, date: panel.clock.stamp() });
  }
  return htmlJson({
    admin_path: `/${panel.adminPath}/`,
    chconfigs: { '0': { proxy_path_admin: panel.adminPath, proxy_path_client: panel.clientPath } },
  });
}

export function notAllowed(panel: Panel): Refusal {
  // The spelling without "u" is the panel's own.
  return panel.family === 'C' ? new Refusal(401, 'Unauthorized') : new Refusal(403, 'Unathorized');
}

/** Two routes answer JSON text under an HTML content type. */
function htmlJson(body: object): Answer {
  return { status: 200, type: 'text/html; charset=utf-8', body: JSON.stringify(body) };
}

/** Numbers of a small idle server; sums come from the database as text, as on the real panel. */
function serverStatus(panel: Panel, admin: AdminRow): object {
  const below = subtree(panel.state, admin.id);
  const users = panel.state.users.filter((user) => !user.deleted && below.has(user.addedBy));
  const today = panel.clock.today();
  const usage = String(users.reduce((sum, user) => sum + user.usageBytes, 0));
  const since = (hours: number): number => {
    const from = panel.clock.now().getTime() - hours * 3_600_000;
    return users.filter(
      (user) =>
        user.lastOnline !== NEVER &&
        isActive(user, today) &&
        Date.parse(`${user.lastOnline.replace(' ', 'T')}Z`) >= from,
    ).length;
  };
  return {
    stats: {
      system: {
        bytes_recv: 3_308_172_606,
        bytes_sent: 209_933_220,
        cpu_percent: 12.5,
        disk_total: 251.97,
        disk_used: 27.55,
        load_avg_1min: 0.31,
        load_avg_5min: 0.28,
        load_avg_15min: 0.27,
        net_total_cumulative_GB: 3.27,
        num_cpus: 2,
        ram_total: 3.84,
        ram_used: 1.55,
        total_connections: 148,
        total_unique_ips: 1,
      },
      top5: { cpu: [['hiddify', 1.5]], memory: [['hiddify', 0.2]], ram: [['hiddify', 0.2]] },
    },
    usage_history: {
      m5: { online: since(1 / 12), usage: 0 },
      h24: { online: since(24), usage: 0 },
      today: { online: since(24), usage },
      yesterday: { online: '0', usage: '0' },
      last_30_days: { online: since(720), usage },
      total: { online: since(1e6), usage, users: users.length },
    },
  };
}
