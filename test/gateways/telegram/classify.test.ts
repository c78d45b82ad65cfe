import { describe, expect, it } from '@jest/globals';
import { GrammyError, HttpError } from 'grammy';
import { classifyTelegramError } from '../../../src/gateways/telegram';

const answer = (error_code: number, description: string, retry_after?: number) =>
  new GrammyError(
    'Call failed',
    {
      ok: false,
      error_code,
      description,
      ...(retry_after === undefined ? {} : { parameters: { retry_after } }),
    } as never,
    'sendMessage',
    {
      text: 'vless://secret',
    },
  );
const network = (
  code: string | undefined,
  message = 'request to https://api.telegram.org/bot1:SECRET/sendMessage failed',
) =>
  new HttpError(
    "Network request for 'sendMessage' failed!",
    Object.assign(new Error(message), code === undefined ? {} : { code }),
  );

describe("what Telegram's answers mean to the shop", () => {
  it.each([
    [
      400,
      'Bad Request: message is not modified: specified new message content and reply markup are exactly the same',
      'unchanged',
    ],
    [400, 'Bad Request: message to edit not found', 'gone'],
    [400, "Bad Request: message can't be edited", 'gone'],
    [400, 'Bad Request: there is no text in the message to edit', 'gone'],
    [400, 'Bad Request: MESSAGE_ID_INVALID', 'gone'],
    [400, 'Bad Request: message to delete not found', 'gone'],
    [400, "Bad Request: message can't be deleted for everyone", 'gone'],
    [400, 'Bad Request: query is too old and response timeout expired or query ID is invalid', 'too-late'],
  ])('%i %s → %s', (code, description, kind) => {
    expect(classifyTelegramError(answer(code, description), 'editMessage')).toEqual({ kind });
  });

  it.each([
    [403, 'Forbidden: bot was blocked by the user', 'blocked'],
    [403, 'Forbidden: user is deactivated', 'deactivated'],
    [403, "Forbidden: bot can't initiate conversation with a user", 'chat-not-found'],
    [400, 'Bad Request: chat not found', 'chat-not-found'],
    [400, 'Bad Request: PEER_ID_INVALID', 'chat-not-found'],
  ])('%i %s → nobody there: %s', (code, description, reason) => {
    expect(classifyTelegramError(answer(code, description), 'sendMessage')).toEqual({
      kind: 'unreachable-user',
      reason,
    });
  });

  it.each([
    [
      400,
      'Bad Request: can\'t parse entities: Unsupported start tag "иван" at byte offset 12',
      'refused',
      'cant-parse-entities',
    ],
    [400, 'Bad Request: BUTTON_DATA_INVALID', 'refused', 'button-data-invalid'],
    [
      400,
      "Bad Request: inline keyboard button URL 'hiddify://import/https://panel/secret' is invalid: Unsupported URL protocol",
      'refused',
      'button-url-invalid',
    ],
    [400, 'Bad Request: BUTTON_URL_INVALID', 'refused', 'button-url-invalid'],
    [400, 'Bad Request: message is too long', 'refused', 'message-too-long'],
    [400, 'Bad Request: MESSAGE_TOO_LONG', 'refused', 'message-too-long'],
    [400, 'Bad Request: message caption is too long', 'refused', 'caption-too-long'],
    [400, 'Bad Request: something new about vless://secret', 'refused', 'bad-request'],
    [401, 'Unauthorized', 'refused', 'unauthorized'],
    [404, 'Not Found', 'refused', 'not-found'],
    [409, 'Conflict: terminated by other getUpdates request', 'refused', 'conflict'],
    [429, 'Too Many Requests: retry after 5', 'rate-limited', undefined],
    [500, 'Internal Server Error', 'unknown-outcome', undefined],
    [502, 'Bad Gateway', 'unknown-outcome', undefined],
  ])('%i %s → %s', (status, description, kind, code) => {
    const verdict = classifyTelegramError(answer(status, description, status === 429 ? 5 : undefined), 'sendMessage');
    expect(verdict).toMatchObject({
      kind: 'failed',
      error: { service: 'telegram', operation: 'sendMessage', kind, status, code },
    });
  });

  it('a blocked user hidden in a 500 is not believed: only 400 and 403 speak about people', () => {
    expect(classifyTelegramError(answer(500, 'chat not found'), 'sendMessage')).toMatchObject({
      kind: 'failed',
      error: { kind: 'unknown-outcome' },
    });
  });

  it('the wait is told in milliseconds, with a second where Telegram is silent', () => {
    expect(classifyTelegramError(answer(429, 'Too Many Requests: retry after 5', 5), 'x')).toMatchObject({
      error: { retryAfterMs: 5000 },
    });
    expect(classifyTelegramError(answer(429, 'Too Many Requests'), 'x')).toMatchObject({
      error: { retryAfterMs: 1000 },
    });
  });

  it.each([
    [network('ECONNREFUSED'), 'unreachable', 'ECONNREFUSED'],
    [network('ENOTFOUND'), 'unreachable', 'ENOTFOUND'],
    [network('ECONNRESET'), 'unknown-outcome', 'ECONNRESET'],
    [network('ETIMEDOUT'), 'unknown-outcome', 'ETIMEDOUT'],
    [network(undefined, "Request to 'sendMessage' timed out after 5 seconds"), 'unknown-outcome', 'timeout'],
    [
      network(undefined, 'invalid json response body at https://api.telegram.org/bot1:SECRET/sendMessage'),
      'unknown-outcome',
      undefined,
    ],
    [new Error('anything else'), 'unknown-outcome', undefined],
  ])('%s → %s', (error, kind, code) => {
    expect(classifyTelegramError(error, 'sendMessage')).toMatchObject({ kind: 'failed', error: { kind, code } });
  });

  it('no token, link, text or name gets into an error, however it is printed', () => {
    const errors = [
      network('ECONNRESET'),
      network(undefined, 'invalid json response body at https://api.telegram.org/bot1:SECRET/sendMessage'),
      answer(400, "Bad Request: inline keyboard button URL 'https://panel/SECRET' is invalid: Wrong HTTP URL"),
      answer(400, 'Bad Request: can\'t parse entities: Unsupported start tag "SECRET" at byte offset 3'),
    ];
    for (const thrown of errors) {
      const verdict = classifyTelegramError(thrown, 'sendMessage');
      if (verdict.kind !== 'failed') throw new Error('expected a failure');
      const { error } = verdict;
      expect([error.message, error.stack, JSON.stringify(error), String(error.cause)].join()).not.toMatch(
        /SECRET|vless/i,
      );
    }
  });
});
