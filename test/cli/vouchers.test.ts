/** `npm run vouchers` on a real database and the Telegram stand-in: what the owner makes, lists and revokes. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { start as startTelegram, type TelegramSimulator } from '../../simulators/telegram/server';
import { parseVoucherArguments } from '../../src/cli/voucherArguments';
import { createVouchersRepository } from '../../src/storage/postgres/vouchers';
import { useShop } from '../storage/postgres/shopDatabase';
import { runProgram } from './program';

const LIMIT_MS = 240_000;
const TOKEN = '100000001:TEST-token-that-only-the-stand-in-takes';
const NOW = new Date('2026-11-28T12:00:00Z');
const shop = useShop();
let telegram: TelegramSimulator;
beforeAll(async () => {
  telegram = await startTelegram({ port: 0, host: '127.0.0.1', token: TOKEN });
});
afterAll(() => telegram?.close());

const vouchers = (...words: string[]) =>
  runProgram('src/cli/vouchers.ts', words, {
    DATABASE_URL: shop.database.url,
    BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: telegram.url,
  });

it(
  'makes them as CSV with links, lists what became of them, and revokes what nobody has claimed',
  async () => {
    const made = await vouchers(
      ...['create', '--plan', 'month', '--count', '3', '--until', '2027-01-31', '--note', 'for the shop next door'],
      ...['--partner', 'next door', '--per-person', 'one'],
      ...['--as', 'ann'],
    );
    expect(made).toMatchObject({ code: 0, said: expect.stringContaining('30 days with 100 GiB') });
    const [header, ...rows] = made.out.trim().split('\n');
    expect([header, rows.length]).toEqual(['code,link', 3]);
    for (const row of rows) expect(row).toMatch(/^([0-9A-HJKMNP-TV-Z]{16}),https:\/\/t\.me\/\w+\?start=gift_\1$/);
    const codes = rows.map((row) => row.split(',')[0]!);
    expect(new Set(codes).size).toBe(3);
    const repository = createVouchersRepository(shop.pool);
    expect(await repository.byCode(codes[0]!)).toMatchObject({
      ...{ status: 'issued', planCode: 'month', days: 30, trafficGb: 100, note: 'for the shop next door' },
      claimableUntil: new Date('2027-01-31T21:00:00Z'),
    });

    expect((await vouchers('revoke', codes[0]!.toLowerCase(), '--as', 'ann')).code).toBe(0);
    expect(await vouchers('revoke', codes[0]!)).toMatchObject({ code: 1, said: expect.stringContaining('Nothing') });
    const { out } = await vouchers('list');
    expect(out).toContain('handed out by next door');
    expect(out).toContain('one for each person');
    expect(out).toContain('plan month, until 2027-01-31T21:00:00.000Z: 2 open, 0 claimed, 1 revoked');
    const batchId = /[0-9a-f-]{36}/.exec(out)![0];
    expect((await vouchers('list', batchId)).out).toContain(`gift_${codes[0]},revoked,,`);
    expect(await vouchers('revoke', batchId)).toMatchObject({ code: 0, out: expect.stringContaining('2 revoked') });

    const { rows: log } = await shop.pool.query('SELECT actor, action, details FROM audit_log ORDER BY id');
    expect(log.slice(0, 2)).toMatchObject([
      { actor: 'operator:ann', action: 'vouchers-create', details: { batchId, planCode: 'month', count: 3 } },
      { actor: 'operator:ann', action: 'vouchers-revoke' },
    ]);
    for (const code of codes) expect(JSON.stringify(log)).not.toContain(code);

    expect(await vouchers('create', '--plan', 'xx', '--count', '1', '--until', 'never')).toMatchObject({
      ...{ code: 1, out: '' },
      said: expect.stringContaining('Nothing was made'),
    });
    expect((await vouchers('create', '--plan', 'month')).code).toBe(2);
  },
  LIMIT_MS,
);

describe('its arguments', () => {
  const create = ['create', '--plan', 'month', '--count', '5', '--until', '2026-12-31'];
  const changed = (option: string, value: string) => create.with(create.indexOf(option) + 1, value);

  it('are read', () => {
    expect(parseVoucherArguments([...create, '--as', 'ann'], NOW)).toEqual({
      ...{ command: 'create', actor: 'operator:ann', planCode: 'month', count: 5, note: null },
      ...{ partner: null, oncePerPerson: false },
      until: new Date('2026-12-31T21:00:00Z'),
    });
    expect(parseVoucherArguments(changed('--until', 'never'), NOW)).toMatchObject({ until: null });
    expect(
      parseVoucherArguments([...create, '--partner', 'the shop next door', '--per-person', 'one'], NOW),
    ).toMatchObject({
      partner: 'the shop next door',
      oncePerPerson: true,
    });
    // The whole of the last day.
    expect(parseVoucherArguments(changed('--until', '2026-11-28'), NOW)).toMatchObject({
      until: new Date('2026-11-28T21:00:00Z'),
    });
    expect(parseVoucherArguments(['list'], NOW)).toMatchObject({ command: 'list', batchId: undefined });
    expect(parseVoucherArguments(['revoke', '7k3m-q9tx-2b8n-v4hc'], NOW)).toMatchObject({
      which: { code: '7K3MQ9TX2B8NV4HC' },
    });
  });

  it.each([
    [],
    ['make'],
    ['create'],
    changed('--count', '0'),
    changed('--count', '10001'),
    changed('--count', '1e3'),
    changed('--until', '2026-11-27'),
    changed('--until', '2027-02-30'),
    changed('--until', 'soon'),
    [...create, '--note'],
    [...create, '--plan', 'year'],
    [...create, '--per-person', '2'],
    [...create, '--partner'],
    [...create, '--colour', 'red'],
    [...create, 'more'],
    ['list', 'x'],
    ['list', '--plan', 'month'],
    ['revoke'],
    ['revoke', 'ABC'],
    ['revoke', 'A'.repeat(5_000)],
  ])('that make no command are refused: %j', (...words) => {
    expect(parseVoucherArguments(words, NOW)).toBeUndefined();
  });
});
