import { FREE_KINDS } from '../domain/bookEntry';
import type { GrantCase } from '../domain/freeGrant';
import { readShortUuid, SHORT_UUID_PATTERN as ID, shortUuid } from './shortUuid';

/** A `grantReference`. */
export const GRANT_REFERENCE = new RegExp(
  `^(?:trial\\.\\d{1,16}|(?:promo|referral|compensation|owner)\\.${ID}|gift\\.${ID}\\.\\d{1,16})$`,
);

/** Names what somebody has asked for, short enough for a button. */
export function grantReference(of: GrantCase): string {
  if (of.kind === 'trial') return `trial.${of.source}`;
  const source = shortUuid(of.source);
  return of.kind === 'gift' ? `gift.${source}.${of.userId}` : `${of.kind}.${source}`;
}

/** @param reference as `GRANT_REFERENCE` allows it @returns `undefined` for one that names nothing */
export function readGrantReference(reference: string): GrantCase | undefined {
  const [kind, source = '', userId] = reference.split('.');
  if (kind === 'trial') return { kind, source };
  const id = readShortUuid(source);
  if (id === undefined) return undefined;
  if (kind === 'gift') return { kind, source: id, userId: Number(userId) };
  const named = FREE_KINDS.find((one) => one === kind);
  return named === undefined || named === 'trial' || named === 'gift' ? undefined : { kind: named, source: id };
}
