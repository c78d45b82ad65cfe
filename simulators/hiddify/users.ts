import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { duplicateUuid, FrameworkError, Refusal, rowConflict, tooLong, type Answer } from './answers';
import { readUserWrite, type UserWrite } from './body';
import { looksLikeUuid } from './family';
import { strikes } from './faults';
import { subtree, type Panel, type PanelRequest } from './panel';
import { applyWrite, isActive, newUser, resetIfDue, wireUser } from './rows';
import type { AdminRow, UserRow } from './state';

/** How long B and C leave between "does it exist?" and the insert: parallel POSTs of one uuid meet in this gap. */
const RACE_WINDOW_MS = 15;

/** `/api/v2/admin/user/` and `/api/v2/admin/user/<uuid>/`. */
export async function userRoutes(panel: Panel, request: PanelRequest, admin: AdminRow): Promise<Answer> {
  for (const user of panel.state.users) if (resetIfDue(panel.family, user, panel.clock.today())) panel.changed();
  const uuid = request.segments[4];
  if (uuid === undefined) {
    if (request.method === 'GET') return listUsers(panel, admin);
    if (request.method === 'POST') return createUser(panel, request, admin);
    throw new FrameworkError(405);
  }
  if (!looksLikeUuid(uuid)) throw new FrameworkError(404);
  if (request.method === 'GET') return show(panel, reachable(panel, admin, uuid, 'User not found'));
  if (request.method === 'PATCH') return updateUser(panel, request, admin, uuid);
  if (request.method === 'DELETE') return removeUser(panel, admin, uuid);
  throw new FrameworkError(405);
}

async function listUsers(panel: Panel, admin: AdminRow): Promise<Answer> {
  if (panel.faults.slowListMs) await pause(panel.faults.slowListMs);
  if (panel.faults.listCorrupt) throw badRow();
  const seen = subtree(panel.state, admin.id);
  const users = panel.state.users.filter((user) => !user.deleted && seen.has(user.addedBy));
  if (users.length === 0) throw new Refusal(404, 'You have no user');
  if (users.some(({ uuid }) => uuid === panel.faults.damagedRow)) throw badRow();
  const today = panel.clock.today();
  const rows: object[] = users.map((user) => wireUser(panel.family, user, panel.state.admins, today));
  if (panel.faults.listOddRow) rows[0] = { uuid: users[0]!.uuid };
  return { status: 200, body: rows };
}

async function createUser(panel: Panel, request: PanelRequest, admin: AdminRow): Promise<Answer> {
  const write = readUserWrite(panel, request.body, true);
  checkUserLimit(panel, admin);
  const uuid = write.uuid ?? randomUUID();
  if (find(panel, uuid)) throw new Refusal(400, 'The user exists');
  if (strikes(panel.faults, 'sqlConflict', 'POST')) throw rowConflict();
  // A handles one request at a time; B and C run several at once.
  if (panel.family !== 'A') await pause(RACE_WINDOW_MS);
  if (find(panel, uuid)) throw duplicateUuid(uuid);
  const addedBy = resolveOwner(panel, write, admin);
  // From 13 on the row is committed in one step, and a name that is too long leaves none behind.
  if (panel.family !== 'A') checkLengths(write);

  // B and C keep deleted rows; a new one with the same uuid replaces them.
  panel.state.users = panel.state.users.filter((user) => user.uuid !== uuid);
  const user = newUser(panel.state.nextUserId, uuid, addedBy, panel.clock);
  panel.state.nextUserId += 1;
  panel.state.users.push(user);
  panel.changed();
  if (strikes(panel.faults, 'halfCreate', 'POST'))
    throw new FrameworkError(500, "'NoneType' object has no attribute 'uuid'");
  // Up to version 12 the panel commits the row with default values first and fills it afterwards, so a name that is too
  // long leaves the row with default values behind.
  checkLengths(write);
  applyWrite(panel.family, user, write, true);
  const answer = written(panel, user);
  if (panel.faults.deafToNew) user.appliedAtMs = Number.MAX_SAFE_INTEGER;
  return answer;
}

function updateUser(panel: Panel, request: PanelRequest, admin: AdminRow, uuid: string): Answer {
  const write = readUserWrite(panel, request.body, false);
  const user = reachable(panel, admin, uuid, panel.family === 'C' ? 'User not found' : 'user not found');
  if (strikes(panel.faults, 'sqlConflict', 'PATCH')) throw rowConflict();
  const renamed = write.uuid && write.uuid !== user.uuid ? write.uuid : undefined;
  if (renamed !== undefined && panel.state.users.some((other) => other.uuid === renamed)) throw duplicateUuid(renamed);
  if (panel.family === 'C' && write.enable === true && !user.enable && !mayHaveOneMoreActive(panel, admin)) {
    throw new Refusal(400, 'Active user limit reached: disable another user or raise max active users');
  }
  checkLengths(write);
  if (write.added_by_uuid) user.addedBy = resolveOwner(panel, write, admin);
  applyWrite(panel.family, user, write, false);
  return written(panel, user);
}

function removeUser(panel: Panel, admin: AdminRow, uuid: string): Answer {
  const user = reachable(panel, admin, uuid, panel.family === 'C' ? 'User not found' : 'user not found');
  if (strikes(panel.faults, 'sqlConflict', 'DELETE')) throw rowConflict();
  if (panel.family === 'A') {
    panel.state.users = panel.state.users.filter((other) => other !== user);
  } else {
    user.deleted = true;
    user.enable = false;
  }
  panel.changed();
  return { status: 200, body: { status: 200, msg: 'ok' } };
}

function find(panel: Panel, uuid: string): UserRow | undefined {
  return panel.state.users.find((user) => user.uuid === uuid.toLowerCase() && !user.deleted);
}

/**
 * A and B: only the owner of the panel and the direct creator, others get 403. C: the whole subtree, others see 404.
 */
function reachable(panel: Panel, admin: AdminRow, uuid: string, notFound: string): UserRow {
  const user = find(panel, uuid);
  if (!user) throw new Refusal(404, notFound);
  if (panel.family === 'C') {
    if (!subtree(panel.state, admin.id).has(user.addedBy)) throw new Refusal(404, notFound);
  } else if (admin.id !== 1 && user.addedBy !== admin.id) {
    throw new Refusal(403, "You don't have permission to access this user");
  }
  return user;
}

/** A keeps the limits of an agent but never looks at them. */
function checkUserLimit(panel: Panel, admin: AdminRow): void {
  if (panel.family === 'A' || admin.mode === 'super_admin') return;
  const below = usersBelow(panel, admin);
  if (below.length < admin.maxUsers && (below.length < admin.maxActiveUsers || mayHaveOneMoreActive(panel, admin)))
    return;
  throw new Refusal(
    400,
    panel.family === 'C'
      ? 'User limit reached: you (or an admin above you) reached the max users, active users or total traffic'
      : `User limit reached: max ${admin.maxUsers} users / ${admin.maxActiveUsers} active`,
  );
}

function mayHaveOneMoreActive(panel: Panel, admin: AdminRow): boolean {
  const today = panel.clock.today();
  return (
    admin.mode === 'super_admin' ||
    usersBelow(panel, admin).filter((user) => isActive(user, today)).length < admin.maxActiveUsers
  );
}

function usersBelow(panel: Panel, admin: AdminRow): UserRow[] {
  const ids = subtree(panel.state, admin.id);
  return panel.state.users.filter((user) => !user.deleted && ids.has(user.addedBy));
}

/** A makes a new admin out of an unknown `added_by_uuid`; B and C refuse it. */
function resolveOwner(panel: Panel, write: UserWrite, admin: AdminRow): number {
  const uuid = write.added_by_uuid;
  if (!uuid) return admin.id;
  const known = panel.state.admins.find((other) => other.uuid === uuid);
  if (known) return known.id;
  if (panel.family !== 'A') throw new Refusal(400, 'Invalid added_by_uuid');
  const invented: AdminRow = {
    id: panel.state.nextAdminId,
    uuid,
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
  panel.state.admins.push(invented);
  return invented.id;
}

const COLUMN_LENGTH = 512;

/** Whole characters, as the database counts them: an emoji is one. */
const characters = (text: string | null | undefined): number => Array.from(text ?? '').length;

function checkLengths(write: UserWrite): void {
  if (characters(write.name) > COLUMN_LENGTH) throw tooLong('name');
  if (characters(write.comment) > COLUMN_LENGTH) throw tooLong('comment');
}

function written(panel: Panel, user: UserRow): Answer {
  user.lastModifiedTime = panel.clock.stamp();
  user.appliedAtMs = panel.clock.now().getTime() + (panel.faults.staleApply ?? 0);
  panel.changed();
  return show(panel, user);
}

function badRow(): FrameworkError {
  return new FrameworkError(500, "{'last_reset_time': ['Not a valid date.']}");
}

function show(panel: Panel, user: UserRow): Answer {
  if (user.uuid === panel.faults.damagedRow) throw badRow();
  return { status: 200, body: wireUser(panel.family, user, panel.state.admins, panel.clock.today()) };
}
