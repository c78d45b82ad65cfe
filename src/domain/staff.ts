/**
 * Who works for the shop, and what each may do at the owner's desk. The roles and their acts are code; which person has
 * which role is a row in the database, but for owners, whom the environment names (ADMIN_IDS).
 */

/** Roles that a row of `staff` can give. Owners come from ADMIN_IDS alone, so no row makes one. */
export const STAFF_ROLES = ['manager', 'support', 'marketer', 'viewer'] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

export const ROLES = ['owner', ...STAFF_ROLES] as const;
export type Role = (typeof ROLES)[number];

/**
 * Everything that the desk lets somebody do, with who may besides the owner, who may do all of it.
 * - `overview`: how the shop stands now; `numbers`: money and people by day; `export`: the same as a file
 * - `people`: search, a person's card, the timeline of an order
 * - `decide`: try again, deliver, close an order that waits for a person; `refund`: give money back
 * - `days`: days of access more or less; `many-days`: more of them at once than `MOST_DAYS_OF_STAFF`
 * - `note`, `message`, `block`: of one person, and with `block` that they lose a reward got by fraud; `erase`: removing
 *   what names them, which can't be undone
 * - `outages`: a panel that makes no keys, and trying its orders again; `sale`: selling on a server or not;
 *   `refund-all`: giving everybody's money back who waits there
 * - `panels`: how panels stand; `panel-gone`: saying that one is gone for good
 * - `staff`: who works here; `audit`: who did what
 */
const ALLOWED = {
  overview: ['manager', 'support', 'marketer', 'viewer'],
  numbers: ['manager', 'marketer', 'viewer'],
  export: ['manager', 'marketer'],
  people: ['manager', 'support'],
  decide: ['manager', 'support'],
  refund: ['manager'],
  days: ['manager', 'support'],
  'many-days': [],
  note: ['manager', 'support'],
  message: ['manager', 'support'],
  block: ['manager'],
  erase: [],
  outages: ['manager', 'support'],
  sale: ['manager'],
  'refund-all': [],
  panels: ['manager'],
  'panel-gone': [],
  staff: [],
  audit: [],
} as const satisfies Record<string, readonly StaffRole[]>;

export type DeskAct = keyof typeof ALLOWED;
export const DESK_ACTS = Object.keys(ALLOWED) as readonly DeskAct[];

/** Whether this role may do that. */
export function mayDo(role: Role, act: DeskAct): boolean {
  return role === 'owner' || (ALLOWED[act] as readonly StaffRole[]).includes(role);
}

/** More days than these at once, given or taken, need the owner. */
export const MOST_DAYS_OF_STAFF = 31;

/** Why somebody was refused: they have no role at all, or one that may not do that. */
export type NotAllowed = 'no-role' | 'not-their-role';
