import { mayDo, type DeskAct, type NotAllowed, type Role } from '../domain/staff';
import type { DeskAuditRepository } from '../storage/postgres/deskAudit';
import type { StaffRepository } from '../storage/postgres/staff';

export interface DeskAccessDeps {
  /** The owners, from the environment alone. */
  readonly adminIds: readonly number[];
  readonly staff: Pick<StaffRepository, 'roleOf'>;
  readonly deskAudit: Pick<DeskAuditRepository, 'record' | 'recordStranger'>;
}

export type Admission = { readonly role: Role } | { readonly refused: NotAllowed };

export type DeskAccess = ReturnType<typeof createDeskAccess>;

/** Who they are in the audit log. */
export const actorOf = (telegramId: number): string => `operator:${telegramId}`;

/**
 * Who may do what at the desk. The role is read anew for each act: one that was taken while its holder's screen was open
 * counts no more.
 */
export function createDeskAccess({ adminIds, staff, deskAudit }: DeskAccessDeps) {
  const roleOf = async (telegramId: number): Promise<Role | undefined> =>
    adminIds.includes(telegramId) ? 'owner' : staff.roleOf(telegramId);

  return {
    roleOf,

    /** Whether they may do that; a refusal is in the audit log when this returns. */
    async admit(telegramId: number, act: DeskAct, subject: string | null = null): Promise<Admission> {
      const role = await roleOf(telegramId);
      if (role === undefined) {
        await deskAudit.recordStranger(actorOf(telegramId), act, subject, 'no-role' satisfies NotAllowed);
        return { refused: 'no-role' };
      }
      if (mayDo(role, act)) return { role };
      const refused = 'not-their-role' satisfies NotAllowed;
      await deskAudit.record({ actor: actorOf(telegramId), act, subject, before: { role }, refused });
      return { refused };
    },
  };
}
