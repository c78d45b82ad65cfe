import { SettingsError } from '../config/settings';
import { DESK_ACTS, mayDo, ROLES } from '../domain/staff';
import { requireSchema, UnusableDatabaseError } from '../storage/postgres/migrate';
import { createStaffRepository, type StaffRepository } from '../storage/postgres/staff';
import { parseRolesArguments, USAGE, type RolesArguments } from './rolesArguments';
import { runCommand } from './runCommand';
import { withDatabase } from './withDatabase';

async function main(words: readonly string[]): Promise<number> {
  const given = parseRolesArguments(words);
  if (!given) {
    console.error(USAGE);
    return 2;
  }
  // The matrix is code: it needs no database.
  if (given.command === 'matrix') {
    console.log(matrix());
    return 0;
  }
  return withDatabase(async (pool) => {
    await requireSchema(pool);
    return carryOut(createStaffRepository(pool), given);
  });
}

/** A row for each act, a column for each role. */
function matrix(): string {
  const first = Math.max(...DESK_ACTS.map(({ length }) => length));
  const row = (name: string, cells: readonly string[]) =>
    [name.padEnd(first), ...cells.map((cell, index) => cell.padEnd(ROLES[index]!.length))].join('  ').trimEnd();
  return [
    row('', ROLES),
    ...DESK_ACTS.map((act) =>
      row(
        act,
        ROLES.map((role) => (mayDo(role, act) ? 'yes' : '-')),
      ),
    ),
  ].join('\n');
}

async function carryOut(
  staff: StaffRepository,
  given: Exclude<RolesArguments, { readonly command: 'matrix' }> | { readonly command: 'list' },
): Promise<number> {
  if (!('userId' in given)) {
    const lines = (await staff.list()).map(
      ({ telegramId, role, givenBy, givenAt }) => `${telegramId}  ${role}, by ${givenBy} on ${givenAt.toISOString()}`,
    );
    console.log(lines.join('\n') || 'Nobody but the owners of ADMIN_IDS.');
    return 0;
  }
  const { userId, role, actor, reason } = given;
  const { isChanged, before } = await staff.setRole(userId, role, actor, reason);
  const was = before ?? 'without a role';
  console.log(
    isChanged
      ? `${userId} is ${role ?? 'without a role'}, and was ${was} before. Written to the audit log as ${actor}.`
      : `${userId} is ${was} already: nothing was changed.`,
  );
  return 0;
}

runCommand(main, { expected: [SettingsError, UnusableDatabaseError] });
