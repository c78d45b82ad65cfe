import { daysBetween, type PanelClock } from './clock';
import type { UserWrite } from './body';
import type { Family } from './family';
import { inventedKeys, type AdminRow, type ResetMode, type UserRow } from './state';

const GIB = 1024 ** 3;
const CAP_GB = 1_000_000;
export const NEVER = '0001-01-01 00:00:00';

/** The panel keeps whole bytes, so 0.1 GB comes back as 0.09999999962747097. */
function toBytes(gb: number): number {
  return Math.trunc(Math.min(gb, CAP_GB) * GIB);
}

export function remainingDays(user: UserRow, today: string): number {
  const left = user.startDate === null ? user.packageDays : user.packageDays - daysBetween(user.startDate, today);
  return Math.min(left, 10_000);
}

/** A package of N days covers N+1 calendar dates; usage equal to the limit is still active. */
export function isActive(user: UserRow, today: string): boolean {
  return user.enable && !user.deleted && !(user.usageLimitBytes < user.usageBytes) && remainingDays(user, today) >= 0;
}

export function newUser(id: number, uuid: string, addedBy: number, clock: PanelClock): UserRow {
  return {
    id,
    uuid,
    name: 'unknown',
    enable: true,
    deleted: false,
    mode: 'no_reset',
    lang: 'en',
    startDate: null,
    packageDays: 90,
    usageLimitBytes: 1000 * GIB,
    usageBytes: 0,
    comment: '',
    telegramId: null,
    addedBy,
    lastOnline: NEVER,
    lastResetTime: `${clock.today()} 00:00:00`,
    lastModifiedTime: clock.stamp(),
    keys: inventedKeys(uuid),
    appliedAtMs: clock.now().getTime(),
  };
}

/** Writes the sent fields into the row, with the quirks of the family. */
export function applyWrite(family: Family, user: UserRow, write: UserWrite, creating: boolean): void {
  if (write.uuid !== undefined && write.uuid !== null) user.uuid = write.uuid;
  if (write.package_days !== undefined && write.package_days !== null) user.packageDays = write.package_days;
  applyStartDate(family, user, write, creating);
  if (write.usage_limit_GB !== undefined && write.usage_limit_GB !== null)
    user.usageLimitBytes = toBytes(write.usage_limit_GB);
  if (write.current_usage_GB !== undefined && write.current_usage_GB !== null)
    user.usageBytes = toBytes(write.current_usage_GB);
  if (write.enable !== undefined && write.enable !== null) user.enable = write.enable;
  if (write.mode) user.mode = write.mode as ResetMode;
  if (write.lang) user.lang = write.lang;
  if (write.last_online) user.lastOnline = write.last_online;
  if (family === 'A') {
    if (write.name !== undefined && write.name !== null) user.name = write.name;
    if (write.comment !== undefined && write.comment !== null) user.comment = write.comment;
    if (write.telegram_id !== undefined && write.telegram_id !== null)
      user.telegramId = write.telegram_id === 0 ? null : write.telegram_id;
  } else {
    // B and C treat "" and 0 as "not sent": once set, a comment or a Telegram id can be replaced but never cleared.
    if (write.name) user.name = write.name;
    if (write.comment) user.comment = write.comment;
    if (write.telegram_id) user.telegramId = write.telegram_id;
  }
}

/**
 * A looks at start_date only when package_days is in the same body. B and C take each alone; a null on create is "not
 * sent".
 */
function applyStartDate(family: Family, user: UserRow, write: UserWrite, creating: boolean): void {
  if (write.start_date === undefined) return;
  if (family === 'A') {
    if (write.package_days !== undefined && write.package_days !== null) user.startDate = write.start_date;
  } else if (write.start_date !== null || !creating) {
    user.startDate = write.start_date;
  }
}

/** The user as every answer shows it, private keys included; keys in alphabetical order. */
export function wireUser(
  family: Family,
  user: UserRow,
  admins: readonly AdminRow[],
  today: string,
): Record<string, unknown> {
  return {
    added_by_uuid: admins.find((admin) => admin.id === user.addedBy)?.uuid ?? null,
    comment: user.comment,
    current_usage_GB: user.usageBytes / GIB,
    ...(family === 'A' ? {} : { deleted: user.deleted }),
    ed25519_private_key: user.keys.ed25519_private_key,
    ed25519_public_key: user.keys.ed25519_public_key,
    enable: user.enable,
    id: user.id,
    is_active: isActive(user, today),
    lang: user.lang,
    ...(family === 'A' ? {} : { last_modified_time: user.lastModifiedTime }),
    last_online: user.lastOnline,
    last_reset_time: user.lastResetTime,
    mode: user.mode,
    name: user.name,
    package_days: user.packageDays,
    ...(family === 'C' ? { preferred_outbound_slug: null } : {}),
    start_date: user.startDate,
    telegram_id: user.telegramId,
    usage_limit_GB: user.usageLimitBytes / GIB,
    uuid: user.uuid,
    wg_pk: user.keys.wg_pk,
    wg_psk: user.keys.wg_psk,
    wg_pub: user.keys.wg_pub,
  };
}

const RESET_EVERY: Record<Exclude<ResetMode, 'no_reset'>, number> = { daily: 1, weekly: 7, monthly: 30 };

/**
 * The reset job: zeroes usage on every 1st, 7th or 30th day since the start date, once a day; on C not after the
 * package has ended.
 */
export function resetIfDue(family: Family, user: UserRow, today: string): boolean {
  if (user.mode === 'no_reset' || user.startDate === null || user.lastResetTime.startsWith(today)) return false;
  if (daysBetween(user.startDate, today) % RESET_EVERY[user.mode] !== 0) return false;
  if (family === 'C' && remainingDays(user, today) < 0) return false;
  user.usageBytes = 0;
  user.lastResetTime = `${today} 00:00:00`;
  return true;
}

/** The usage collector counts traffic: the first byte starts a package without a start date. */
export function countTraffic(user: UserRow, bytes: number, clock: PanelClock): void {
  user.usageBytes += bytes;
  user.lastOnline = clock.stamp();
  user.startDate ??= clock.today();
}
