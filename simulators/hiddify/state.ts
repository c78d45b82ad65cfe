import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export type ResetMode = 'no_reset' | 'monthly' | 'weekly' | 'daily';
export type AdminMode = 'super_admin' | 'admin' | 'agent';

export interface UserRow {
  id: number;
  uuid: string;
  name: string;
  enable: boolean;
  deleted: boolean;
  mode: ResetMode;
  lang: string;
  startDate: string | null;
  packageDays: number;
  usageLimitBytes: number;
  usageBytes: number;
  comment: string;
  telegramId: number | null;
  addedBy: number;
  lastOnline: string;
  lastResetTime: string;
  lastModifiedTime: string;
  keys: { ed25519_private_key: string; ed25519_public_key: string; wg_pk: string; wg_psk: string; wg_pub: string };
  /** When the proxy cores know the row (ms since 1970): later than the write under the fault `staleApply`. */
  appliedAtMs: number;
}

export interface AdminRow {
  id: number;
  uuid: string;
  name: string;
  mode: AdminMode;
  canAddAdmin: boolean;
  parentId: number | null;
  maxUsers: number;
  maxActiveUsers: number;
  comment: string;
  telegramId: number | null;
  lang: string;
}

/** Everything the panel remembers between two requests. */
export interface PanelState {
  nextUserId: number;
  nextAdminId: number;
  users: UserRow[];
  admins: AdminRow[];
  clockOffsetMs: number;
}

export function freshState(ownerKey: string): PanelState {
  const owner: AdminRow = {
    id: 1,
    uuid: ownerKey,
    name: 'Owner',
    mode: 'super_admin',
    canAddAdmin: true,
    parentId: null,
    maxUsers: 10_000,
    maxActiveUsers: 10_000,
    comment: '',
    telegramId: null,
    lang: 'en',
  };
  return { nextUserId: 1, nextAdminId: 2, users: [], admins: [owner], clockOffsetMs: 0 };
}

/** Key-shaped texts: the real panel puts a user's private keys into every answer, so that redaction can be tested. */
export function inventedKeys(uuid: string): UserRow['keys'] {
  const invent = (what: string): string => createHash('sha256').update(`${what}:${uuid}`).digest('base64');
  return {
    ed25519_private_key: `-----BEGIN OPENSSH PRIVATE KEY-----\n${invent('ssh-private')}\n-----END OPENSSH PRIVATE KEY-----\n`,
    ed25519_public_key: `ssh-ed25519 ${invent('ssh-public')}`,
    wg_pk: invent('wg-private'),
    wg_psk: invent('wg-shared'),
    wg_pub: invent('wg-public'),
  };
}

/** Keeps the state in a file: written at most every 100 ms, whole or not at all, and once more at the end. */
export function createStateFile(path: string | undefined): {
  load(): PanelState | undefined;
  changed(state: PanelState): void;
  flush(): void;
} {
  let waiting: NodeJS.Timeout | undefined;
  let latest: PanelState | undefined;
  const write = (): void => {
    waiting = undefined;
    if (path === undefined || latest === undefined) return;
    writeFileSync(`${path}.part`, JSON.stringify(latest, undefined, 1));
    renameSync(`${path}.part`, path);
    latest = undefined;
  };
  return {
    load: () =>
      path !== undefined && existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as PanelState) : undefined,
    changed(state) {
      latest = state;
      if (path !== undefined) waiting ??= setTimeout(write, 100);
    },
    flush() {
      clearTimeout(waiting);
      write();
    },
  };
}
