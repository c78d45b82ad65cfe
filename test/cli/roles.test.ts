/** `npm run roles`: what each role may do, and who has which. */
import { describe, expect, it } from '@jest/globals';
import { parseRolesArguments } from '../../src/cli/rolesArguments';
import { DESK_ACTS, mayDo, ROLES } from '../../src/domain/staff';
import { createStaffRepository } from '../../src/storage/postgres/staff';
import { useShop } from '../storage/postgres/shopDatabase';
import { runProgram } from './program';

const shop = useShop();
const roles = (...words: string[]) => runProgram('src/cli/roles.ts', words, { DATABASE_URL: shop.database.url });

it('gives and takes roles, each with its line of the audit log, and says who has which', async () => {
  expect((await roles('list')).out).toContain('Nobody but the owners');
  expect(await roles('give', '4711', 'support', '--as', 'ann', '--because', 'she answers tickets')).toMatchObject({
    ...{ code: 0, out: expect.stringContaining('4711 is support, and was without a role before') },
  });
  expect((await roles('give', '4711', 'support')).out).toContain('is support already: nothing was changed');
  expect((await roles('give', '4711', 'manager', '--as', 'ann')).code).toBe(0);
  expect((await roles('list')).out).toContain('4711  manager, by operator:ann');
  expect((await roles('take', '4711', '--as', 'ann')).out).toContain('without a role, and was manager before');
  expect((await roles('take', '4711')).out).toContain('nothing was changed');
  const { rows } = await shop.pool.query(
    'SELECT actor, act, subject, before, after, reason, refused FROM desk_audit ORDER BY id',
  );
  const line = (before: string | null, after: string | null, reason: string | null = null) => ({
    ...{ actor: 'operator:ann', act: 'staff', subject: '4711', refused: null, reason },
    ...{ before: { role: before }, after: { role: after } },
  });
  expect(rows).toEqual([
    line(null, 'support', 'she answers tickets'),
    line('support', 'manager'),
    line('manager', null),
  ]);
}, 240_000);

it('prints the matrix as the code has it, without a database', async () => {
  const { code, out } = await runProgram('src/cli/roles.ts', ['matrix'], {});
  expect(code).toBe(0);
  const [head, ...lines] = out.trimEnd().split('\n');
  expect(head!.trim().split(/ +/)).toEqual([...ROLES]);
  expect(lines.map((line) => line.split(/ +/))).toEqual(
    DESK_ACTS.map((act) => [act, ...ROLES.map((role) => (mayDo(role, act) ? 'yes' : '-'))]),
  );
}, 60_000);

it('of two who give a role at once, the second sees what the first has done', async () => {
  const staff = createStaffRepository(shop.pool);
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, n) => staff.setRole(4_800, 'viewer', `operator:${n}`, null)),
  );
  expect(all.filter(({ isChanged }) => isChanged)).toHaveLength(1);
  const { rows } = await shop.pool.query(`SELECT count(*)::int AS lines FROM desk_audit WHERE subject = '4800'`);
  expect(rows).toEqual([{ lines: 1 }]);
});

it('a line of the audit log is never changed or removed', async () => {
  await shop.pool.query(`INSERT INTO desk_audit (actor, act) VALUES ('operator:x', 'staff')`);
  await expect(shop.pool.query(`UPDATE desk_audit SET actor = 'y'`)).rejects.toThrow('never changed');
  await expect(shop.pool.query('DELETE FROM desk_audit')).rejects.toThrow('never changed');
});

describe('its arguments', () => {
  it('make no command when they are wrong: no role of an owner among them', () => {
    for (const words of [
      [],
      ['give'],
      ['give', '1'],
      ['give', '1', 'owner'],
      ['give', 'ann', 'viewer'],
      ['give', '-1', 'viewer'],
      ['give', '1', 'viewer', 'too'],
      ['give', '1', 'viewer', '--as'],
      ['give', '1', 'viewer', '--because', '--as'],
      ['take', '1', 'viewer'],
      ['take', '0'],
      ['list', '1'],
      ['matrix', '--all'],
    ])
      expect(parseRolesArguments(words)).toBeUndefined();
  });

  it('are read', () => {
    expect(parseRolesArguments(['give', '1', 'viewer', '--as', 'ann'])).toEqual({
      ...{ command: 'give', userId: 1, role: 'viewer', actor: 'operator:ann', reason: null },
    });
    expect(parseRolesArguments(['take', '15'])).toMatchObject({ command: 'take', userId: 15, role: null });
  });
});
