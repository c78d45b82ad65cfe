/** The addresses of a panel: what owners paste from a browser becomes the form that calls and keys are built from. */
import { z } from 'zod';
import { UUID_PATTERN } from '../domain/uuid';

/** What stands before the uuid in a panel's links: origin and secret path. */
export interface PanelUrl {
  /** Without a slash at its end, a query, a fragment, or anything that follows the secret path. */
  readonly url: string;
  /** The secret path's segments. They are secrets. */
  readonly segments: readonly string[];
  /** The account that the pasted link belonged to, lower case. */
  readonly uuid: string | undefined;
}

const UUID = new RegExp(`^${UUID_PATTERN}$`, 'i');
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** The panel's own pages and its API follow the secret path; in its links an account's uuid does. */
const AFTER_SECRET_PATH = /^(admin|api)$/i;
const SEGMENT = /^[\w.~-]+$/;

/** Whether only this machine can reach the address. */
function isLoopback(url: string): boolean {
  return LOOPBACK.test(new URL(url).hostname);
}

/**
 * Reads an address as an owner pastes it: a whole link of an account, a page of the panel, with or without slashes at
 * the end. What follows the secret path is cut off.
 * @returns the address, or the mistake in words that do not repeat it: it holds a secret
 */
function readPanelUrl(text: string): PanelUrl | string {
  const given = text.trim();
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be a URL such as https://panel.example.com/secret-path';
  if (url.protocol !== 'https:' && !isLoopback(given)) return 'must be https: the secret path is part of it';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password';
  const all = url.pathname.split('/').filter((segment) => segment !== '');
  const end = all.findIndex((segment, index) => index > 0 && (UUID.test(segment) || AFTER_SECRET_PATH.test(segment)));
  const segments = end === -1 ? all : all.slice(0, end);
  if (segments.length === 0 || (segments.length === 1 && UUID.test(segments[0]!)))
    return 'must include the panel’s secret path';
  if (!segments.every((segment) => SEGMENT.test(segment)))
    return 'must be a path of letters, digits and - . _ ~ only, as the panel makes it';
  // A query belongs to one page of the panel; in front of an account's uuid it would make every link useless.
  if (end === -1 && url.search !== '') return 'must not hold a query: leave out the ? and what follows it';
  const host = url.host.replace(/\.(?=:\d+$|$)/, '');
  const uuid = end === -1 || !UUID.test(all[end]!) ? undefined : all[end]!.toLowerCase();
  return { url: `${url.protocol}//${host}/${segments.join('/')}`, segments, uuid };
}

/** An address in a catalogue file. */
export const panelUrl = z.string().transform((text, context) => {
  const read = readPanelUrl(text);
  if (typeof read !== 'string') return read.url;
  context.addIssue({ code: 'custom', message: read });
  return z.NEVER;
});

const addresses = z.object({
  adminUrl: z.string().optional().catch(undefined),
  clientUrl: z.string().optional().catch(undefined),
  apiKey: z.string().optional().catch(undefined),
});
const servers = z
  .object({ servers: z.array(z.object({ panel: addresses }).optional().catch(undefined)) })
  .catch({ servers: [] });

/**
 * Customers' addresses that would show them an administrator's secret or lead them nowhere, although each is well
 * formed: found by comparing all servers of a file, however wrong the rest of it is.
 * @param json the file
 * @returns the index of the server and the mistake of its `clientUrl`
 */
export function clientUrlMistakes(json: unknown): { readonly server: number; readonly problem: string }[] {
  const panels = servers.parse(json).servers.map((server) => ({
    admin: readOptional(server?.panel.adminUrl),
    client: readOptional(server?.panel.clientUrl),
    apiKey: server?.panel.apiKey?.toLowerCase(),
  }));
  const keys = new Set(panels.map(({ apiKey }) => apiKey));
  const adminPaths = new Set(panels.map(({ admin }) => admin?.segments.at(-1)?.toLowerCase()));
  return panels.flatMap(({ admin, client }, server) => {
    if (client === undefined) return [];
    const isAdmin =
      (client.uuid !== undefined && keys.has(client.uuid)) ||
      client.segments.some((segment) => adminPaths.has(segment.toLowerCase()));
    if (isAdmin) {
      const problem =
        'is a panel’s admin address: every customer would read its secret path; take what stands before the uuid in the link of a user';
      return [{ server, problem }];
    }
    if (admin !== undefined && isLoopback(client.url) && !isLoopback(admin.url))
      return [{ server, problem: 'leads to this machine: no customer’s app can reach it' }];
    return [];
  });
}

function readOptional(text: string | undefined): PanelUrl | undefined {
  const read = text === undefined ? undefined : readPanelUrl(text);
  return typeof read === 'string' ? undefined : read;
}
