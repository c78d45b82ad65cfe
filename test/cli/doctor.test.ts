/** `npm run doctor` on the whole shop: what it prints when all works, and when one part is missing. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTelegramUser } from '../../simulators/telegram/driver';
import { waitUntil } from '../support/wait';
import { startStack, type Stack } from '../support/stack';
import { runProgram } from './program';

const LIMIT_MS = 240_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, LIMIT_MS);
afterAll(() => stack?.stop(), LIMIT_MS);

const doctor = (env: Readonly<Record<string, string>> = {}) =>
  runProgram('dist/cli/doctor.js', [], { ...stack.env, ...env });

const lineOf = (said: string, part: string) => said.split('\n').find((line) => line.slice(2).startsWith(part)) ?? '';

describe('the doctor', () => {
  it(
    'finds nothing wrong with a shop that works',
    async () => {
      const { code, said } = await doctor();
      for (const part of ['PostgreSQL', 'Redis', 'Temporal', 'Telegram', 'YooKassa', 'Panel', 'PUBLIC_URL'])
        expect(lineOf(said, part)).toMatch(/^✓/);
      expect(said).not.toContain('✗');
      expect(code).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'names each part that does not answer with what to do, and shows no secret',
    async () => {
      const nowhere = 'http://127.0.0.1:1';
      const { code, said } = await doctor({
        DATABASE_URL: 'postgres://shop:the-password@127.0.0.1:1/shop',
        REDIS_URL: 'redis://:the-password@127.0.0.1:1',
        TEMPORAL_ADDRESS: '127.0.0.1:1',
        TELEGRAM_API_ROOT: nowhere,
        YOOKASSA_API_URL: `${nowhere}/v3`,
        PUBLIC_URL: nowhere,
      });
      expect(code).toBe(1);
      for (const part of ['PostgreSQL', 'Redis', 'Temporal', 'Telegram', 'YooKassa', 'PUBLIC_URL'])
        expect(lineOf(said, part)).toMatch(/^✗/);
      expect(said.match(/→/g)!.length).toBeGreaterThanOrEqual(6);
      for (const secret of ['the-password', stack.env['BOT_TOKEN']!, stack.env['YOOKASSA_SECRET_KEY']!])
        expect(said).not.toContain(secret);
    },
    LIMIT_MS,
  );

  it(
    'names the admins that the bot can’t write to, and says so when there are none',
    async () => {
      await createTelegramUser(stack.telegramUrl, 100_002).start();
      const { code, said } = await doctor({ ADMIN_IDS: '100002,100003' });
      expect(lineOf(said, 'ADMIN_IDS')).toMatch(/^!.*100003.*never started/);
      expect(said).not.toContain('write to 100002:');
      expect(code).toBe(0);
      const all = await doctor({ ADMIN_IDS: '100002' });
      expect(lineOf(all.said, 'ADMIN_IDS')).toMatch(/^✓/);
      const none = await doctor({ ADMIN_IDS: '' });
      expect(lineOf(none.said, 'ADMIN_IDS')).toMatch(/^!.*is empty/);
      // The worker says the same in its log when it starts.
      await waitUntil(() => stack.output('worker').includes('100001 (chat-not-found)'), { what: 'the worker says it' });
    },
    LIMIT_MS,
  );

  it(
    'notices a clock that differs from YooKassa’s',
    async () => {
      const clock = (offsetMs: number) =>
        fetch(`${stack.yookassaUrl}/_sim/clock`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ offsetMs }),
        });
      await clock(-3_600_000);
      const { code, said } = await doctor();
      await clock(0);
      expect(said).toMatch(/✗ YooKassa +this machine's clock is 60 min ahead of YooKassa’s/);
      expect(code).toBe(1);
    },
    LIMIT_MS,
  );

  it(
    'tells wrong credentials from a service that is away',
    async () => {
      const { code, said } = await doctor({ YOOKASSA_SECRET_KEY: 'test_somebody_elses_key' });
      expect(code).toBe(1);
      expect(lineOf(said, 'YooKassa')).toMatch(/✗.*HTTP 401/);
    },
    LIMIT_MS,
  );

  it(
    'notices that no worker polls the task queues',
    async () => {
      await stack.kill('worker');
      // Temporal forgets a poller minutes after its last call; a namespace that never had one has none at once.
      const { said } = await doctor({ TEMPORAL_NAMESPACE: 'default' });
      expect(said).toContain('no worker asks for work');
      expect(said).toContain('do not exist');
      await stack.start('worker');
    },
    LIMIT_MS,
  );

  it(
    'lists every mistake of the configuration instead of asking anybody',
    async () => {
      const { code, said } = await doctor({ BOT_TOKEN: 'nonsense', REDIS_URL: 'nonsense' });
      expect(code).toBe(2);
      expect(said).toContain('BOT_TOKEN');
      expect(said).toContain('REDIS_URL');
    },
    LIMIT_MS,
  );
});
