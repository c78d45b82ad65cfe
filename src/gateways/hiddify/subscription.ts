/** A customer's link, opened as a VPN app opens it. */
import { randomUUID } from 'node:crypto';
import { isGatewayError } from '../errors';
import { CERTIFICATE_REFUSED, httpCall, type HttpAnswer, type HttpObserver } from '../http';
import { panelError } from './errors';

/**
 * To an app that it does not know the panel gives the list of servers in base64, which every app can read. The name
 * must not hold "bot".
 */
const APP = { 'User-Agent': 'Happ/1.0', Accept: '*/*' };

const ENTRY = /^[a-z][a-z0-9+.-]*:\/\//i;
/** Every entry that only shows a text (traffic left, "Package Ended") names this host. */
const NOTE = /fake_ip/;

export interface OpenLinkOptions {
  /** Default 5000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly observe?: HttpObserver | undefined;
}

/**
 * Opens a subscription link as a customer's app does, redirects followed.
 *
 * @returns how many servers the app can connect to, an account that is off or has ended has none; `null` when the
 *   panel writes them in a form that is not known here
 * @throws GatewayError `refused`, code `link`: what answers is no subscription; `unreachable` or `unknown-outcome`: no
 *   usable answer. `isUselessLink` tells which of them mean that a customer's app has no chance either.
 */
export async function openSubscription(
  link: string,
  { timeoutMs = 5_000, signal, observe }: OpenLinkOptions = {},
): Promise<{ servers: number | null }> {
  const operation = 'openSubscription';
  const answer = await httpCall(
    { service: 'hiddify', operation, method: 'GET', url: link, headers: APP, redirect: 'follow', timeoutMs, signal },
    observe,
  );
  refuseUnlessAnswered(operation, answer);
  // A login page, which is where the link of an unknown account leads, has no such header.
  if (answer.status !== 200 || !answer.headers.has('subscription-userinfo'))
    throw panelError(operation, 'refused', 'link', { status: answer.status });
  return { servers: countServers(answer.text) };
}

function countServers(body: string): number | null {
  const list = /^[\w+/=\s-]*$/.test(body) ? Buffer.from(body, 'base64').toString('utf8') : body;
  const entries = list.split('\n').filter((line) => ENTRY.test(line));
  return entries.length === 0 && list.trim() !== '' ? null : entries.filter((line) => !NOTE.test(line)).length;
}

/**
 * Whether the links under an address lead to a panel, when there is no account to open one of. The link of an account
 * that no panel has leads to the login page under the same secret path (302, observed on 10.80 and 14.0).
 * @throws GatewayError as `openSubscription`
 */
export async function openUnknownSubscription(
  clientUrl: string,
  { timeoutMs = 5_000, signal, observe }: OpenLinkOptions = {},
): Promise<void> {
  const operation = 'openSubscription';
  const url = `${clientUrl}/${randomUUID()}/`;
  const answer = await httpCall(
    { service: 'hiddify', operation, method: 'GET', url, headers: APP, timeoutMs, signal },
    observe,
  );
  refuseUnlessAnswered(operation, answer);
  const location = answer.headers.get('location') ?? '';
  const target = URL.canParse(location, url) ? new URL(location, url).pathname : '';
  if (answer.status !== 302 || !`${target}/`.startsWith(`${new URL(clientUrl).pathname}/`))
    throw panelError(operation, 'refused', 'link', { status: answer.status });
}

/**
 * What stands between the machine and the panel has answered, or the panel is in trouble: it says nothing of the link.
 */
function refuseUnlessAnswered(operation: string, { status }: HttpAnswer): void {
  if (status >= 500 || [403, 408, 425, 429].includes(status))
    throw panelError(operation, 'unknown-outcome', 'server-error', { status });
}

/**
 * Whether a customer's app can't use the link either: what answers is no subscription, or has no servers, there is no
 * such host, or its certificate is refused. Anything else may be a matter of this machine's network, or pass by itself.
 */
export function isUselessLink(error: unknown): boolean {
  if (!isGatewayError(error)) return false;
  return error.kind === 'refused' || error.code === 'ENOTFOUND' || CERTIFICATE_REFUSED.has(error.code ?? '');
}
