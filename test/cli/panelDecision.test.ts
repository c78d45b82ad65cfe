/** `npm run catalog -- gone SERVER` and `-- back SERVER`: what an operator says of a panel, asked before it counts. */
import { expect, it } from '@jest/globals';
import { useShop } from '../storage/postgres/shopDatabase';
import { waitUntil } from '../support/wait';
import { runProgram } from './program';

const LIMIT_MS = 240_000;
const shop = useShop();

const catalog = (...words: string[]) => runProgram('src/cli/catalog.ts', words, { DATABASE_URL: shop.database.url });

it(
  'says that another operator was first, and not that it is done',
  async () => {
    const other = await shop.pool.connect();
    try {
      await other.query('BEGIN');
      await other.query(`UPDATE servers SET gone_at = now() WHERE code = 'de-1'`);
      const second = catalog('gone', 'de-1', '--yes', '--as', 'bob');
      const isWaiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%gone_at%'`;
      await waitUntil(async () => (await shop.pool.query(isWaiting)).rowCount === 1, { what: 'both have decided' });
      await other.query('COMMIT');
      const { code, said } = await second;
      expect(said).toContain('Somebody else has said so first: the panel of de-1 is gone for good.');
      expect(said).toContain('This command has changed nothing');
      expect(said).not.toContain('Done');
      expect(code).toBe(1);
      const { rows } = await shop.pool.query('SELECT actor, act, subject, refused FROM desk_audit');
      expect(rows).toEqual([{ actor: 'operator:bob', act: 'panel-gone', subject: 'de-1', refused: 'decided-before' }]);
    } finally {
      await other.query('ROLLBACK');
      other.release();
      await shop.pool.query(`UPDATE servers SET gone_at = NULL; DELETE FROM audit_log`);
    }
  },
  LIMIT_MS,
);

it(
  'says what it means, counts with --yes only, and can be taken back',
  async () => {
    const goneAt = async () =>
      (await shop.pool.query<{ gone_at: Date | null }>(`SELECT gone_at FROM servers WHERE code = 'nl-1'`)).rows[0]!
        .gone_at;
    const asked = await catalog('gone', 'nl-1');
    expect(asked).toMatchObject({ code: 1, said: expect.stringContaining('run the same command again with --yes') });
    expect(asked.said).toContain('whether those accounts are removed will not be known');
    expect(await goneAt()).toBeNull();
    expect(await catalog('gone', 'nl-1', '--yes', '--as', 'ann')).toMatchObject({
      code: 0,
      said: expect.stringContaining('operator:ann'),
    });
    expect(await goneAt()).not.toBeNull();
    expect(await catalog('gone', 'nl-1', '--yes')).toMatchObject({
      code: 1,
      said: expect.stringContaining('gone for good already'),
    });
    expect((await catalog('back', 'nl-1', '--yes', '--as', 'ann')).code).toBe(0);
    expect(await goneAt()).toBeNull();
    expect((await catalog('gone', 'xx-9', '--yes')).code).toBe(1);
    expect((await catalog('gone')).code).toBe(2);
    const { rows } = await shop.pool.query(`SELECT actor, action FROM audit_log ORDER BY id`);
    expect(rows).toEqual([
      { actor: 'operator:ann', action: 'panel-gone' },
      { actor: 'operator:ann', action: 'panel-back' },
    ]);
  },
  LIMIT_MS,
);
