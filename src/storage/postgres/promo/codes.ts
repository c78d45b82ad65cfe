/** Promo codes as their owner manages them. */
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import type { PromoTerms } from '../../../domain/promo/terms';
import { inTransaction } from '../pool';
import { queryRow, queryRows } from '../query';
import { camelCased, columnNames, columnParameters, columnValues, selectedColumns } from '../tables/columns';
import { lockCount } from '../locks';
import { promoCodeRow } from '../tables/promo';

/** What an owner says of a code. */
export interface PromoDraft extends Omit<PromoTerms, 'active'> {
  /** For the owner alone. */
  readonly note: string;
}

/** A code, and what its uses are. */
export interface PromoCode extends PromoDraft {
  readonly active: boolean;
  /** Held by orders whose links can still be paid. */
  readonly reserved: number;
  readonly used: number;
  /** Given back, in all. */
  readonly returned: number;
}

const draftColumns = promoCodeRow.omit({
  id: true,
  active: true,
  created_at: true,
  updated_at: true,
  deleted_at: true,
});
const code = draftColumns
  .extend({ active: z.boolean(), reserved: z.number(), used: z.number(), returned: z.number() })
  .transform((row): PromoCode => camelCased(row));

const of = (status: string): string =>
  `(SELECT count(*) FROM promo_uses u WHERE u.promo_id = c.id AND u.status = '${status}') AS ${status}`;
const SELECT = `SELECT ${selectedColumns(draftColumns, 'c')}, c.active, ${of('reserved')}, ${of('used')}, ${of('returned')}
  FROM promo_codes c WHERE c.deleted_at IS NULL`;

/** A limit below what is used already. */
export interface LimitBelowUse {
  readonly limit: 'usesTotal' | 'usesPerPerson';
  readonly inUse: number;
}

export type PromoCodesRepository = ReturnType<typeof createPromoCodesRepository>;

export function createPromoCodesRepository(pool: Pool) {
  return {
    /** Newest first. */
    list: (): Promise<PromoCode[]> => queryRows(pool, code, `${SELECT} ORDER BY c.created_at DESC, c.code`),

    byCode: (name: string): Promise<PromoCode | undefined> => queryRow(pool, code, `${SELECT} AND c.code = $1`, [name]),

    /** @returns whether there was none of this name */
    async create(draft: PromoDraft): Promise<boolean> {
      const { rowCount } = await pool.query(
        `INSERT INTO promo_codes (id, ${columnNames(draftColumns.shape).join(', ')})
         VALUES ($1, ${columnParameters(draftColumns.shape, 2)})
         ON CONFLICT (code) WHERE deleted_at IS NULL DO NOTHING`,
        [randomUUID(), ...columnValues(draft, draftColumns.shape)],
      );
      return rowCount === 1;
    },

    /**
     * Changes what a code gives from now on; orders that were made with it keep what they froze.
     * @returns `undefined`: there is no such code, or no limit in the way: it is changed
     */
    async edit(draft: PromoDraft): Promise<LimitBelowUse | undefined> {
      return inTransaction(pool, async (client) => {
        // Nobody reserves a use between counting and the change.
        await lockCount(client, 'promo', draft.code);
        const below = await limitBelowUse(client, draft);
        if (below) return below;
        const names = columnNames(draftColumns.shape);
        await client.query(
          `UPDATE promo_codes SET ${names.map((name, index) => `${name} = $${index + 2}`).join(', ')}, updated_at = now()
           WHERE code = $1 AND deleted_at IS NULL`,
          [draft.code, ...columnValues(draft, draftColumns.shape)],
        );
        return undefined;
      });
    },

    /** @returns whether there is such a code */
    async setActive(name: string, active: boolean): Promise<boolean> {
      const { rowCount } = await pool.query(
        'UPDATE promo_codes SET active = $2, updated_at = now() WHERE code = $1 AND deleted_at IS NULL',
        [name, active],
      );
      return rowCount === 1;
    },

    /** Its uses stay, and the name is free for another code. @returns whether there was such a code */
    async remove(name: string): Promise<boolean> {
      const { rowCount } = await pool.query(
        'UPDATE promo_codes SET active = false, deleted_at = now(), updated_at = now() WHERE code = $1 AND deleted_at IS NULL',
        [name],
      );
      return rowCount === 1;
    },
  };
}

const counted = z.object({ of_all: z.number(), of_person: z.number() });

async function limitBelowUse(
  client: PoolClient,
  { code: name, usesTotal, usesPerPerson }: PromoDraft,
): Promise<LimitBelowUse | undefined> {
  const inUse = await queryRow(
    client,
    counted,
    `SELECT coalesce(sum(n), 0)::int AS of_all, coalesce(max(own), 0)::int AS of_person FROM (
       SELECT count(*) FILTER (WHERE u.status <> 'returned') AS n,
              count(*) FILTER (WHERE u.status <> 'returned' OR u.kept_for_person) AS own
       FROM promo_uses u JOIN promo_codes c ON c.id = u.promo_id
       WHERE c.code = $1 AND c.deleted_at IS NULL GROUP BY u.user_id) x`,
    [name],
  );
  const { of_all: ofAll, of_person: ofPerson } = inUse!;
  if (usesTotal !== null && usesTotal < ofAll) return { limit: 'usesTotal', inUse: ofAll };
  return usesPerPerson < ofPerson ? { limit: 'usesPerPerson', inUse: ofPerson } : undefined;
}
