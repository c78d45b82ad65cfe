/** A worker that starts with keys that are refused says so at once, and so does the owner's chat. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTelegramUser } from '../../simulators/telegram/driver';
import { startStack, type Stack } from '../support/stack';
import { waitUntil } from '../support/wait';

const LIMIT_MS = 240_000;
const OWNER = 100_001;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ processes: ['bot'] });
}, LIMIT_MS);
afterAll(() => stack?.stop(), LIMIT_MS);

/** What of the worker's warnings and errors `npm start` shows at the terminal: their sentence and their reason. */
const saidAtTerminal = () =>
  stack
    .output('worker')
    .split('\n')
    .filter((line) => line.startsWith('{"level":'))
    .map((line) => JSON.parse(line) as { level: number; msg: string; reason?: string })
    .filter(({ level }) => level >= 40)
    .map(({ msg, reason }) => `${msg}: ${reason}`)
    .join('\n');

/** The stack's catalogue with a key that no panel knows. */
async function catalogueWithWrongKey(): Promise<string> {
  const text = await readFile(stack.env['CATALOG_FILE']!, 'utf8');
  const file = path.join(path.dirname(stack.env['CATALOG_FILE']!), 'wrong-key.json');
  await writeFile(file, text.replace(/"apiKey": *"[0-9a-f-]+"/, '"apiKey": "99999999-9999-4999-8999-999999999999"'));
  return file;
}

describe('a worker that starts', () => {
  it(
    'with a wrong key of YooKassa and of a panel says so at the terminal, and the owner reads it in the chat',
    async () => {
      const owner = createTelegramUser(stack.telegramUrl, OWNER, { languageCode: 'en' });
      await owner.start();
      await stack.start('worker', {
        YOOKASSA_SECRET_KEY: 'test_of_another_shop',
        CATALOG_FILE: await catalogueWithWrongKey(),
      });
      const chat = async () => (await owner.chat()).messages.map(({ html }) => html ?? '').join('\n');
      await waitUntil(async () => /YooKassa refuses the shop/.test(await chat()), {
        what: 'the owner reads of YooKassa',
      });
      await waitUntil(async () => /The panel .* refuses the shop/.test(await chat()), {
        what: 'the owner reads of the panel',
      });
      expect(saidAtTerminal()).toMatch(/YooKassa refuses the shop.*YOOKASSA_SECRET_KEY: yookassa getMe: HTTP 401/);
      expect(saidAtTerminal()).toMatch(/the panel of server \S+ refuses the shop.*: the panel refused the key/);
      for (const secret of ['test_of_another_shop', '99999999-9999', stack.env['BOT_TOKEN']!])
        expect(stack.output('worker')).not.toContain(secret);
    },
    LIMIT_MS,
  );

  it(
    'with a wrong token says so at the terminal, the only place it can',
    async () => {
      await stack.start('worker', { BOT_TOKEN: '100000001:TEST-only-a-token-that-nobody-knows-here' });
      await waitUntil(() => saidAtTerminal().includes('Telegram refuses the bot'), { what: 'the worker says it' });
      expect(saidAtTerminal()).toMatch(/correct BOT_TOKEN: telegram getMe: 401 unauthorized/);
    },
    LIMIT_MS,
  );
});
