import pino, { type Logger } from 'pino';

export type { Logger } from 'pino';

/** Fields that may hold a secret, in any object that is logged. */
const SECRET_FIELDS = [
  'token',
  'apiKey',
  'secretKey',
  'panelApiKey',
  'panelUserId',
  'subscriptionUrl',
  'confirmationUrl',
  'authorization',
  'panelClientUrl',
  'panelAdminUrl',
];

/**
 * Telegram's URLs contain the bot token (`/bot<token>/method`, so it has no word boundary before it), and libraries put
 * URLs into errors.
 */
const BOT_TOKEN_IN_TEXT = /\d{3,}:[A-Za-z0-9_-]{30,}/g;

/**
 * The process's logger: JSON lines on stdout, secrets replaced.
 * @param name the process: `bot`, `worker`, `catalog`, ...
 */
export function createLogger(name: string, level: string): Logger {
  return pino({
    name,
    level,
    base: { process: name, pid: process.pid },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[secret]' },
    hooks: {
      streamWrite: (line) => line.replace(BOT_TOKEN_IN_TEXT, '[token]'),
    },
  });
}
