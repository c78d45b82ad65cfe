import type { GrantCase } from '../domain/freeGrant';
import { isUuid } from '../domain/uuid';

/**
 * A `grantReference`: a uuid takes 22 characters, so that the data of a button holds it together with a Telegram id.
 */
export const GRANT_REFERENCE = /^(?:trial\.\d{1,16}|(?:promo|referral)\.[\w-]{22}|gift\.[\w-]{22}\.\d{1,16})$/;

/** Names what somebody has asked for, short enough for a button. */
export function grantReference(of: GrantCase): string {
  if (of.kind === 'trial') return `trial.${of.source}`;
  const source = Buffer.from(of.source.replaceAll('-', ''), 'hex').toString('base64url');
  return of.kind === 'gift' ? `gift.${source}.${of.userId}` : `${of.kind}.${source}`;
}

/** @param reference as `GRANT_REFERENCE` allows it @returns `undefined` for one that names nothing */
export function readGrantReference(reference: string): GrantCase | undefined {
  const [kind, source = '', userId] = reference.split('.');
  if (kind === 'trial') return { kind, source };
  const id = Buffer.from(source, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (!isUuid(id)) return undefined;
  if (kind === 'gift') return { kind, source: id, userId: Number(userId) };
  return kind === 'promo' || kind === 'referral' ? { kind, source: id } : undefined;
}
