import { ABOUT_ONE_ORDER } from '../../domain/panelTrouble';
import { GatewayError, isGatewayError, type GatewayErrorKind } from '../errors';

/** Why the panel refused or failed, as `GatewayError.code`. */
export type HiddifyErrorCode =
  /** 401, 403 of the panel itself: unknown key, role too low, or another admin's account. */
  | 'auth'
  /** 401, 403, 407, 451 that is not the panel's: a firewall, a CDN or a proxy in front of it. */
  | 'blocked'
  /** The secret path is wrong, or what answers is not the panel's API. */
  | 'path'
  /** There is no such account. */
  | 'not-found'
  /** The account exists, and belongs to an administrator whose accounts this key can't see. */
  | 'hidden'
  /** 400: an account with this uuid exists. */
  | 'exists'
  /** 400: the administrator's limit of users, active users or traffic is reached (13.x and newer). */
  | 'full'
  /** 400 with another reason given by the panel. */
  | 'bad-request'
  /** 422: the panel does not accept a field, named in `parameter`. */
  | 'invalid'
  /** Older than 10.80. */
  | 'version'
  /** A customer's link under the client address does not lead to a subscription. */
  | 'link'
  /** The customer's subscription is there, but holds no server to connect to. */
  | 'no-servers'
  /** 5xx. */
  | 'server-error'
  /** An answer that does not have the shape of the panel's API. */
  | 'unreadable';

const MESSAGES: Record<HiddifyErrorCode, string> = {
  auth: 'the panel refused the key (wrong key, too low a role, or an account of another administrator)',
  blocked: 'something in front of the panel refused the request, not the panel (check its firewall, CDN or proxy)',
  path: 'this address is not the admin API of a panel (check the secret path)',
  'not-found': 'the panel has no such account',
  hidden: 'the panel has this account, but does not show it to this key: it was made by another administrator',
  exists: 'the panel has an account with this uuid already',
  full: 'the administrator has reached a limit of users or traffic (raise it in the panel)',
  'bad-request': 'the panel refused the request',
  invalid: 'the panel does not accept a field of the request',
  version: 'the panel is too old; version 10.80 or newer is needed',
  link: 'the customer’s link does not lead to a subscription (check the client address)',
  'no-servers': 'the customer’s subscription holds no servers (check the domains and proxies of the panel)',
  'server-error': 'the panel failed while handling the request',
  unreadable: 'the panel sent an answer that cannot be read',
};

/** An error with a text of ours: the panel's own text may hold SQL, keys or links and is never repeated. */
export function panelError(
  operation: string,
  kind: GatewayErrorKind,
  code: HiddifyErrorCode,
  extra: { status?: number; parameter?: string; retryAfterMs?: number } = {},
): GatewayError {
  const status = extra.status === undefined ? '' : ` (${extra.status})`;
  const parameter = extra.parameter === undefined ? '' : `: ${extra.parameter}`;
  return new GatewayError(`hiddify ${operation}: ${MESSAGES[code]}${parameter}${status}`, {
    service: 'hiddify',
    kind,
    operation,
    code,
    ...extra,
  });
}

/** Where a limit is reached, accounts that exist may be written. */
const ABOUT_ONE_ACCOUNT: ReadonlySet<string> = new Set([...ABOUT_ONE_ORDER, 'full']);

/**
 * Whether an error is about the one account that was written, so that others of the same panel may be written all the
 * same.
 */
export function isAboutOneAccount(error: unknown): boolean {
  return isGatewayError(error) && error.code !== undefined && ABOUT_ONE_ACCOUNT.has(error.code);
}
