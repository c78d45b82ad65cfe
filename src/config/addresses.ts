/** Settings that are addresses: what each must not hold, said so that the mistake can be found. */
import { z } from 'zod';

/**
 * An address with a password is often written with one that must be encoded: a `#`, `/` or `?` in it ends the part that
 * holds the password, and an unquoted `#` begins a comment in an env file.
 */
const ENCODE = '# is %23, / is %2F, ? is %3F, % is %25, @ is %40; in .env the value stands in single quotes';
const ENCODE_PASSWORD = `has a sign in its password that must be encoded: ${ENCODE}`;
const INCOMPLETE = `has no host, or a port that is no number; if it ends where its password has a #: ${ENCODE}`;

/** The mistake of an address that holds a password, if there is one. Its value is a secret. */
function mistakeOfConnection(text: string, protocols: readonly string[]): string | undefined {
  if (!protocols.some((protocol) => text.toLowerCase().startsWith(`${protocol}//`)))
    return `must be a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}`;
  const behindName = /[/?#].*$/s.exec(text.slice(text.indexOf('//') + 2))?.[0] ?? '';
  if (/[#@]/.test(behindName)) return ENCODE_PASSWORD;
  // A Unix socket: `user@/database?host=/run/postgresql` is an address without a host, which `URL` refuses.
  const readable = protocols.includes('postgres:') ? text.replace('@/', '@socket/') : text;
  if (!URL.canParse(readable)) return INCOMPLETE;
  const { username, password } = new URL(readable);
  return isEncoded(username) && isEncoded(password) ? undefined : ENCODE_PASSWORD;
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Where a database is, with its user and password. */
export const connectionUrl = (...protocols: readonly string[]) =>
  z.string().superRefine((text, context) => {
    const mistake = mistakeOfConnection(text, protocols);
    if (mistake !== undefined) context.addIssue({ code: 'custom', message: mistake });
  });

/**
 * Where Redis is. What a URL's query says counts for more than what the program asks for (ioredis): `?db=5` would put
 * all three uses into one database.
 */
export const redisUrl = connectionUrl('redis:', 'rediss:')
  .refine(
    (text) => !URL.canParse(text) || ['', '/'].includes(new URL(text).pathname),
    'must not name a database: 0, 1 and 2 are all used',
  )
  .refine(
    (text) => !URL.canParse(text) || new URL(text).search === '',
    'must not have a query: leave out the ? and what follows it; the databases 0, 1 and 2 are all used',
  );

/** An address that paths are appended to. @returns it without a slash at its end */
export const baseUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol),
    'must be a URL starting with http:// or https://',
  )
  .refine(
    (text) => !URL.canParse(text) || !/[?#]/.test(text),
    'must be an address without a query: paths are appended to it',
  )
  .refine(
    (text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''),
    'must not hold a user name or a password',
  )
  .transform((text) => text.replace(/\/+$/, ''));
