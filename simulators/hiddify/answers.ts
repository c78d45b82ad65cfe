import type { Family } from './family';

/** An answer ready to be sent. An object body goes out as JSON. */
export interface Answer {
  status: number;
  body: object | string;
  type?: string;
  headers?: Record<string, string>;
}

/** A refusal by the panel itself: its body depends on the Accept header and the family. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly detail: object = {},
  ) {
    super(message);
  }
}

/** An error of the web framework under the panel (no such route, bad JSON, a crash): always `{"msg"}`. */
export class FrameworkError extends Error {
  constructor(
    readonly status: 400 | 404 | 405 | 500,
    message: string = DESCRIPTIONS[status],
  ) {
    super(message);
  }
}

const DESCRIPTIONS = {
  400: 'The browser (or proxy) sent a request that this server could not understand.',
  404: 'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  405: 'The method is not allowed for the requested URL.',
  500: 'internal error',
} as const;

const TITLES = { 400: 'Bad Request', 404: 'Not Found', 405: 'Method Not Allowed' } as const;

/**
 * `application/json` alone gets the documented shape; anything that also takes HTML (curl, fetch's default) gets `msg`.
 */
function takesHtml(accept: string | undefined): boolean {
  return accept !== undefined && /\*\/\*|text\/\*|html/.test(accept);
}

export function refusalAnswer(family: Family, refusal: Refusal, accept: string | undefined): Answer {
  const documented = { detail: refusal.detail, message: refusal.message };
  const headers: Record<string, string> =
    refusal.status === 401 && family === 'B' ? { 'WWW-Authenticate': 'Basic realm="Hiddify"' } : {};
  if (!takesHtml(accept)) return { status: refusal.status, body: documented, headers };
  return {
    status: refusal.status,
    body: family === 'C' ? { msg: refusal.message, ...documented } : { msg: refusal.message },
    headers,
  };
}

/** Family A's catch-all handler turns framework errors into a 500 whose text starts with the real code. */
export function frameworkAnswer(family: Family, error: FrameworkError): Answer {
  if (error.status === 500) return { status: 500, body: { msg: error.message } };
  if (family === 'A')
    return { status: 500, body: { msg: `${error.status} ${TITLES[error.status]}: ${error.message}` } };
  return { status: error.status, body: { msg: error.message } };
}

const nginxPage = (status: number, title: string): Answer => ({
  status,
  type: 'text/html',
  body: `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`,
});

export const HTML_502 = nginxPage(502, 'Bad Gateway');
export const HTML_504 = nginxPage(504, 'Gateway Time-out');

/** @param retryAfter seconds */
export const html429 = (retryAfter: number): Answer => ({
  ...nginxPage(429, 'Too Many Requests'),
  headers: { 'Retry-After': String(retryAfter) },
});

/** The error text of the database, which the panel passes on. */
export function duplicateUuid(uuid: string): FrameworkError {
  return new FrameworkError(
    500,
    `(MySQLdb.IntegrityError) (1062, "Duplicate entry '${uuid}' for key 'ix_user_uuid'")\n[SQL: INSERT INTO user (uuid) VALUES (%s)]\n(Background on this error at: https://sqlalche.me/e/20/gkpj)`,
  );
}

export function rowConflict(): FrameworkError {
  return new FrameworkError(
    500,
    '(MySQLdb.OperationalError) (1020, "Record has changed since last read in table \'user\'")\n[SQL: UPDATE user SET name=%s]',
  );
}

export function tooLong(column: string): FrameworkError {
  return new FrameworkError(
    500,
    `(MySQLdb.DataError) (1406, "Data too long for column '${column}' at row 1")\n[SQL: UPDATE user SET ${column}=%s]`,
  );
}

export function outOfRange(column: string): FrameworkError {
  return new FrameworkError(
    500,
    `(MySQLdb.DataError) (1264, "Out of range value for column '${column}' at row 1")\n[SQL: UPDATE user SET ${column}=%s]`,
  );
}
