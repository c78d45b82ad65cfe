import { randomUUID } from 'node:crypto';
import { FrameworkError, Refusal, type Answer } from './answers';
import { invalid, parseJson } from './body';
import { acceptsUuid, looksLikeUuid } from './family';
import { subtree, type Panel, type PanelRequest } from './panel';
import type { AdminMode, AdminRow } from './state';

/** The admin as `me/` and `admin_user/` show it: A without limits, B and C with. */
export function wireAdmin(panel: Panel, admin: AdminRow, hideLimits = false): Record<string, unknown> {
  return {
    can_add_admin: admin.canAddAdmin,
    comment: admin.comment,
    lang: admin.lang,
    ...(panel.family === 'A'
      ? {}
      : { max_active_users: hideLimits ? null : admin.maxActiveUsers, max_users: hideLimits ? null : admin.maxUsers }),
    mode: admin.mode,
    name: admin.name,
    parent_admin_uuid: panel.state.admins.find((other) => other.id === admin.parentId)?.uuid ?? null,
    telegram_id: admin.telegramId ?? 0,
    uuid: admin.uuid,
  };
}

/** `/api/v2/admin/admin_user/` and `…/<uuid>/`: enough to make an agent with limits, with the breakage of family A. */
export function adminRoutes(panel: Panel, request: PanelRequest, admin: AdminRow): Answer {
  const below = subtree(panel.state, admin.id);
  const uuid = request.segments[4];
  if (uuid === undefined) {
    if (request.method === 'GET') {
      return {
        status: 200,
        body: panel.state.admins.filter((other) => below.has(other.id)).map((other) => wireAdmin(panel, other)),
      };
    }
    if (request.method === 'POST') return createAdmin(panel, request, admin);
    throw new FrameworkError(405);
  }
  if (!looksLikeUuid(uuid)) throw new FrameworkError(404);
  const found = panel.state.admins.find((other) => other.uuid === uuid.toLowerCase() && below.has(other.id));
  if (!found) throw new Refusal(404, 'Admin not found');
  if (request.method === 'GET') return { status: 200, body: wireAdmin(panel, found) };
  if (request.method === 'PATCH') {
    fill(found, parseJson(request.body) as Record<string, unknown>);
    panel.changed();
    // Family A crashes after the write.
    if (panel.family === 'A') throw new FrameworkError(500, "name 'admins' is not defined");
    return { status: 200, body: wireAdmin(panel, found) };
  }
  if (request.method === 'DELETE') {
    if (found.id === 1) throw new Refusal(422, 'Owner can not be deleted!');
    for (const user of panel.state.users) if (user.addedBy === found.id) user.addedBy = admin.id;
    panel.state.admins = panel.state.admins.filter((other) => other !== found);
    panel.changed();
    return { status: 200, body: { status: 200, msg: 'ok' } };
  }
  throw new FrameworkError(405);
}

function createAdmin(panel: Panel, request: PanelRequest, admin: AdminRow): Answer {
  const given = parseJson(request.body) as Record<string, unknown>;
  const missing = ['name', 'mode', 'can_add_admin', 'lang'].filter((field) => given[field] === undefined);
  if (missing.length > 0) {
    const words = panel.family === 'A' ? 'Missing data for required field.' : 'Field required';
    throw invalid(Object.fromEntries(missing.map((field) => [field, [words]])));
  }
  const made: AdminRow = {
    id: panel.state.nextAdminId,
    uuid: acceptsUuid(panel.family, given['uuid']) ? given['uuid'] : randomUUID(),
    name: 'unknown',
    mode: 'agent',
    canAddAdmin: false,
    parentId: admin.id,
    maxUsers: 100,
    maxActiveUsers: 100,
    comment: '',
    telegramId: null,
    lang: 'en',
  };
  panel.state.nextAdminId += 1;
  panel.state.admins.push(made);
  panel.changed();
  // Family A without a uuid: the incomplete row stays in the database.
  if (panel.family === 'A' && given['uuid'] === undefined) throw new FrameworkError(500, "'uuid'");
  fill(made, given);
  return { status: 200, body: wireAdmin(panel, made) };
}

function fill(admin: AdminRow, given: Record<string, unknown>): void {
  if (typeof given['name'] === 'string') admin.name = given['name'];
  if (['super_admin', 'admin', 'agent'].includes(given['mode'] as string)) admin.mode = given['mode'] as AdminMode;
  if (typeof given['can_add_admin'] === 'boolean') admin.canAddAdmin = given['can_add_admin'];
  if (typeof given['max_users'] === 'number') admin.maxUsers = given['max_users'];
  if (typeof given['max_active_users'] === 'number') admin.maxActiveUsers = given['max_active_users'];
  if (typeof given['comment'] === 'string') admin.comment = given['comment'];
  if (typeof given['telegram_id'] === 'number') admin.telegramId = given['telegram_id'];
  if (typeof given['lang'] === 'string') admin.lang = given['lang'];
}
