import type { Pool } from 'pg';
import type { z } from 'zod';
import type { StaffRole } from '../../domain/staff';
import { recordDesk } from './deskAudit';
import { inTransaction, type Queryable } from './pool';
import { prepared, queryRow, queryRows } from './query';
import { camelCased } from './tables/columns';
import { staffRow } from './tables/staff';

const member = staffRow.transform((row) => camelCased(row));
export type StaffMember = z.output<typeof member>;

const ROLE_OF = prepared('SELECT role FROM staff WHERE telegram_id = $1');

/** The role that a row gives this person; `undefined`: none. */
export async function staffRoleOf(db: Queryable, telegramId: number): Promise<StaffRole | undefined> {
  return (await queryRow(db, staffRow.pick({ role: true }), ROLE_OF, [telegramId]))?.role;
}

/** Whether a role was changed by this; `before`: what they had. */
export interface RoleChange {
  readonly isChanged: boolean;
  readonly before: StaffRole | null;
}

export type StaffRepository = ReturnType<typeof createStaffRepository>;

/** Who works for the shop besides its owners. The bot's user only reads it. */
export function createStaffRepository(pool: Pool) {
  return {
    roleOf: (telegramId: number) => staffRoleOf(pool, telegramId),

    list: (): Promise<StaffMember[]> => queryRows(pool, member, 'SELECT * FROM staff ORDER BY given_at, telegram_id'),

    /** Gives a role, or takes it (`null`), with its line of the audit log; nothing where it is so already. */
    setRole: (telegramId: number, role: StaffRole | null, actor: string, reason: string | null): Promise<RoleChange> =>
      inTransaction(pool, async (client) => {
        // Two at once: the second sees what the first has done. There may be no row yet to be locked.
        await client.query('LOCK TABLE staff IN SHARE ROW EXCLUSIVE MODE');
        const before = (await staffRoleOf(client, telegramId)) ?? null;
        if (before === role) return { isChanged: false, before };
        if (role === null) await client.query('DELETE FROM staff WHERE telegram_id = $1', [telegramId]);
        else
          await client.query(
            `INSERT INTO staff (telegram_id, role, given_by) VALUES ($1, $2, $3) ON CONFLICT (telegram_id)
             DO UPDATE SET role = excluded.role, given_by = excluded.given_by, given_at = now()`,
            [telegramId, role, actor],
          );
        await recordDesk(client, {
          ...{ actor, act: 'staff', subject: String(telegramId), reason },
          ...{ before: { role: before }, after: { role } },
        });
        return { isChanged: true, before };
      }),
  };
}
