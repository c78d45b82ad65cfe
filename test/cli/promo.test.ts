/** `npm run promo` as an owner runs it: a process of its own on a real database. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parsePromoArguments } from '../../src/cli/promoArguments';
import { withPromo } from '../storage/postgres/promos';
import { PRICE, useShop } from '../storage/postgres/shopDatabase';
import { TYPESCRIPT } from '../support/children';

const ROOT = path.resolve(__dirname, '../..');
const LIMIT_MS = 240_000;
const shop = useShop();

function cli(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', DATABASE_URL: shop.database.url };
    execFile(process.execPath, [...TYPESCRIPT, 'src/cli/promo.ts', ...words], { cwd: ROOT, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe('the arguments', () => {
  const problemOf = (...words: string[]): string => {
    try {
      parsePromoArguments(words);
      return 'none';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each<[string[], string]>([
    [[], 'Usage:'],
    [['destroy', 'SALE'], 'Usage:'],
    [['list', 'SALE'], 'Usage:'],
    [['show'], 'Usage:'],
    [['show', 'SALE', '--note', 'x'], 'takes no options'],
    [['create', 'ABC', '--percent', '20'], 'is no code'],
    [['create', 'САLE', '--percent', '20'], 'only look Latin'],
    [['create', 'SALE', '--percent', '101'], '--percent takes a whole number from 1 to 100'],
    [['create', 'SALE', '--percent', '20%'], '--percent takes a whole number'],
    [['create', 'SALE', '--percent', '20', '--days', '7'], 'one kind'],
    [['create', 'SALE', '--percent'], 'needs a value'],
    [['create', 'SALE', '--total', '0'], '--total takes a whole number'],
    [['create', 'SALE', '--until', 'tomorrow'], '--until takes 2026-12-31'],
    [['create', 'SALE', '--until', '2026-13-01'], '--until takes'],
    [['create', 'SALE', '--audience', 'person'], 'A personal offer: --person ID'],
    [['create', 'SALE', '--renewals', '--no-renewals'], 'exclude each other'],
    [['create', 'SALE', '--total', '1', '--total', '2'], 'given twice'],
    [['create', 'SALE', '--discount', '5'], 'There is no option --discount'],
  ])('%j: %s', (words, problem) => expect(problemOf(...words)).toContain(problem));

  it('dates are days in Moscow, the last one included', () => {
    const { changes, code } = parsePromoArguments(['edit', 'sale', '--from', '2026-12-01', '--until', '2026-12-31']);
    expect({ code, ...changes }).toEqual({
      code: 'SALE',
      validFrom: new Date('2026-11-30T21:00:00Z'),
      validUntil: new Date('2026-12-31T21:00:00Z'),
    });
  });
});

describe('npm run promo', () => {
  it(
    'makes, shows, changes, switches off and deletes a code, and says how many links are out',
    async () => {
      const created = await cli(
        'create',
        'sale-20',
        '--percent',
        '20',
        '--total',
        '2',
        '--note',
        'for the channel',
        '--as',
        'ann',
      );
      expect(created).toMatchObject({ code: 0, err: '' });
      expect(created.out).toContain('SALE-20 (on)');
      expect(await cli('create', 'SALE-20', '--days', '7')).toMatchObject({
        code: 1,
        err: expect.stringContaining('already'),
      });
      const terms = (await shop.row('promo_codes', `code = 'SALE-20'`)) as { code: string };
      const userId = await shop.buyer();
      const promo = { code: terms.code, discountKopecks: 4_000, days: 0 };
      await shop.open(userId, { promo, priceKopecks: PRICE - 4_000 });
      expect((await cli('show', 'SALE-20')).out).toMatch(/links out +1/);
      expect((await cli('list')).out).toContain('used 0 of 2, links out 1');
      expect(await cli('edit', 'SALE-20', '--total', '1', '--plans', 'month,no-such')).toMatchObject({
        code: 1,
        err: expect.stringContaining('Not on sale: no-such'),
      });
      expect((await cli('edit', 'SALE-20', '--total', '1', '--renewals')).out).toMatch(/renewals +yes/);
      expect((await cli('off', 'SALE-20')).out).toContain('SALE-20 (off)');
      expect((await cli('on', 'SALE-20')).out).toContain('SALE-20 (on)');
      expect((await cli('delete', 'SALE-20')).out).toContain('keep their price: 1');
      expect(await cli('show', 'SALE-20')).toMatchObject({ code: 1, err: expect.stringContaining('There is no code') });
      expect((await cli('list')).out).toContain('There are no promo codes.');
      expect(await shop.row('audit_log', `action = 'promo-create' AND actor = 'operator:ann'`)).toMatchObject({
        details: { code: 'SALE-20', kind: 'percent', amount: 20, outcome: 'done' },
      });
      expect(withPromo({ ...terms, kind: 'percent', amount: 20 } as never, PRICE).promo).toEqual(promo);
    },
    LIMIT_MS,
  );

  it(
    'wrong arguments are told in a sentence, with exit code 2',
    async () => {
      const { code, err } = await cli('create', 'SALE', '--percent', '200');
      expect(code).toBe(2);
      expect(err.split('\n').filter((line) => line.includes(' at '))).toEqual([]);
    },
    LIMIT_MS,
  );
});
