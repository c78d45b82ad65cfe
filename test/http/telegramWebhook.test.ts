import { afterEach, beforeEach, expect, it } from '@jest/globals';
import pino from 'pino';
import { telegramWebhookRoutes } from '../../src/http/routes/telegramWebhook';
import { createHttpServer } from '../../src/http/server';

const SECRET = 'a-secret-only-telegram-knows-0123';
const logger = pino({ level: 'silent' });
let server: ReturnType<typeof createHttpServer>;
let url: string;
let calls: number;
let end: () => void;

beforeEach(async () => {
  calls = 0;
  let isDone = false;
  // As the bot: it works until the test ends it, and afterwards knows that it has.
  const handleUpdate = async () => {
    if (isDone) return 'duplicate' as const;
    calls += 1;
    await new Promise<void>((resolve) => (end = resolve));
    isDone = true;
    return 'handled' as const;
  };
  const routes = [telegramWebhookRoutes({ secret: SECRET, handleUpdate, logger, answerWithinMs: 50 })];
  server = createHttpServer({ routes, logger });
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => server.close());

const deliver = async () =>
  (
    await fetch(`${url}/webhooks/telegram`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
      body: '{"update_id":7,"message":{}}',
    })
  ).status;

it('an update is confirmed when it is handled, not before, and handled once however often it is delivered', async () => {
  expect(await deliver()).toBe(503);
  expect(await deliver()).toBe(503);
  expect(calls).toBe(1);
  end();
  expect(await deliver()).toBe(200);
  expect(calls).toBe(1);
});
