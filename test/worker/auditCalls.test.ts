/** The audit that runs in the worker calls YooKassa and panels through the worker's own clients, so its calls are counted. */
import { expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { readSettings } from '../../src/config/settings';
import { createPool } from '../../src/storage/postgres/pool';
import { createWorkerDependencies } from '../../src/worker/dependencies';
import { start as startHiddify } from '../../simulators/hiddify/server';
import { start as startYooKassa } from '../../simulators/yookassa/server';
import { NO_CACHE_INVALIDATION } from '../support/cacheInvalidation';
import { testEnvironment } from '../support/environment';
import { unusedRedis } from '../support/redis';

it('each call of the audit to YooKassa and to a panel is told to whoever counts the calls', async () => {
  const place = { host: '127.0.0.1', port: 0 };
  const yookassa = await startYooKassa({ ...place, 'shop-id': '100500', 'secret-key': 'test_secret' });
  const panel = await startHiddify({ ...place, version: '14.0.5' });
  const settings = readSettings({
    BOT_TOKEN: '100000001:TEST-only-the-stand-in-accepts-this-token',
    YOOKASSA_API_URL: `${yookassa.url}/v3`,
    YOOKASSA_SHOP_ID: '100500',
    YOOKASSA_SECRET_KEY: 'test_secret',
    DATABASE_URL: testEnvironment('TEST_DATABASE_URL'),
    REDIS_URL: 'redis://127.0.0.1:6379',
  });
  const pool = createPool(settings.DATABASE_URL, { onError: () => undefined });
  const observed: string[] = [];
  try {
    const { auditSources } = createWorkerDependencies({
      settings,
      pool,
      redis: unusedRedis(),
      cacheInvalidation: NO_CACHE_INVALIDATION,
      observe: ({ service, operation, outcome }) => void observed.push(`${service} ${operation} ${outcome}`),
    });
    const inWorker = new MockActivityEnvironment({}, { client: new Client({ connection: Connection.lazy() }) });
    await inWorker.run(async () => {
      const sources = auditSources();
      for (const provider of sources.providers) await provider.bookSince(new Date());
      const { adminUrl, apiKey, clientUrl } = panel;
      await sources
        .panelOf({ serverCode: 'nl-1', adminUrl, apiKey, clientUrl, isLinkChecked: true })
        .readAccounts(async () => []);
    });
  } finally {
    await Promise.all([yookassa.close(), panel.close(), pool.end()]);
  }
  expect(observed).toEqual([
    expect.stringMatching(/^yookassa listPayments /),
    expect.stringMatching(/^yookassa listRefunds /),
    expect.stringMatching(/^hiddify /),
  ]);
});
