import { describe, expect, it } from '@jest/globals';
import { HttpError } from 'grammy';
import { autoRetry } from '../../src/bot/autoRetry';

type Reply = object | Error;
const OK = { ok: true, result: { message_id: 1 } };
const refused = (error_code: number, parameters?: object) => ({ ok: false, error_code, description: 'x', parameters });
const lost = new HttpError('x', Object.assign(new Error('x'), { code: 'ECONNRESET' }));
const nobody = new HttpError('x', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));

/** Calls a method that gets these replies in turn, the last one for ever. */
async function call(method: string, replies: Reply[]) {
  const pauses: number[] = [];
  let calls = 0;
  const previous = async () => {
    const reply = replies[Math.min(calls++, replies.length - 1)]!;
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const retry = autoRetry({ pause: async (ms) => void pauses.push(ms) }) as unknown as (
    ...args: unknown[]
  ) => Promise<unknown>;
  const end = await retry(previous, method, {}, undefined).catch((error: unknown) => error);
  return { end, calls, pauses, waited: pauses.reduce((sum, ms) => sum + ms, 0) };
}

describe('one failed send is not the end of an answer', () => {
  it.each([
    ['connections are reset', lost],
    ['nobody listens', nobody],
    ['its front answers 502', refused(502)],
  ])('Telegram is away for three seconds (%s): the message goes out', async (_, failure) => {
    for (const method of ['sendMessage', 'sendPhoto', 'editMessageText', 'answerCallbackQuery']) {
      const replies = [failure, failure, OK];
      expect(await call(method, replies)).toMatchObject({ end: OK, calls: 3 });
    }
    // Even where no repeat in between is lucky.
    expect((await call('sendMessage', [failure])).waited).toBeGreaterThan(3_000);
  });

  it.each(['sendMessage', 'editMessageText', 'deleteMessage'])(
    'a 429 for %s has had no effect: repeated',
    async (method) => {
      expect(await call(method, [refused(429, { retry_after: 2 }), OK])).toMatchObject({ end: OK, pauses: [2_000] });
      expect(await call(method, [refused(429), OK])).toMatchObject({ end: OK, pauses: [1_000] });
      expect(await call(method, [refused(429, { retry_after: 0 }), OK])).toMatchObject({ end: OK, pauses: [1_000] });
    },
  );

  it('a pause that nobody at a screen waits for is not waited for', async () => {
    const flood = refused(429, { retry_after: 60 });
    expect(await call('sendMessage', [flood])).toEqual({ end: flood, calls: 1, pauses: [], waited: 0 });
  });

  it('ends: no call is tried for longer than twelve seconds', async () => {
    for (const method of ['sendMessage', 'editMessageText'])
      for (const failure of [lost, nobody, refused(500), refused(429, { retry_after: 1 })]) {
        const { end, calls, waited } = await call(method, [failure]);
        expect(end).toBe(failure);
        expect(calls).toBeLessThan(15);
        expect(waited).toBeLessThanOrEqual(12_000);
      }
  });

  it('what Telegram refuses is not repeated, and getting updates has a loop of its own', async () => {
    for (const status of [400, 401, 403, 404, 409])
      expect((await call('sendMessage', [refused(status)])).calls).toBe(1);
    expect((await call('getUpdates', [lost])).calls).toBe(1);
    expect((await call('getUpdates', [refused(429)])).calls).toBe(1);
    expect((await call('sendMessage', [new TypeError('ours')])).calls).toBe(1);
  });
});
