import type { Pool } from 'pg';
import { z } from 'zod';
import { recordDesk } from './deskAudit';
import { inTransaction } from './pool';
import { queryRow, queryRows } from './query';
import { camelCased, instant } from './tables/columns';
import { noteRow } from './tables/staff';
import { subscriptionUsageRow } from './tables/subscriptions';
import { userRow } from './tables/users';
import { SUBSCRIPTION_VIEW, subscriptionView, type SubscriptionView } from './subscriptions';

const person = userRow
  .pick({
    telegram_id: true,
    first_name: true,
    username: true,
    language: true,
    referred_by: true,
    promo_code: true,
    unreachable_at: true,
    created_at: true,
  })
  .transform((row) => camelCased(row));
const note = noteRow.omit({ user_id: true }).transform((row) => camelCased(row));
const sums = z
  .object({ currency: z.string(), paid_kopecks: z.number(), refunded_kopecks: z.number(), orders: z.number() })
  .transform((row) => camelCased(row));
const usage = subscriptionUsageRow
  .pick({ subscription_id: true, used_gb: true, panel_enabled: true, panel_active: true, last_online: true })
  .extend({ changed_at: instant, panel_expires_at: instant.nullable() })
  .transform((row) => camelCased(row));

export type CardPerson = z.output<typeof person>;
export type CardNote = z.output<typeof note>;
/** What somebody has paid in one currency, and what of it went back. */
export type CardSums = z.output<typeof sums>;
/** What the panel said last of an account. */
export type PanelSays = z.output<typeof usage>;

export interface PersonCard {
  readonly person: CardPerson;
  readonly subscriptions: readonly SubscriptionView[];
  /** By the subscription's id; of one that the panel sync has not seen yet there is nothing. */
  readonly panelSays: ReadonlyMap<string, PanelSays>;
  /** How many more subscriptions there are, ended ones among them. */
  readonly otherSubscriptions: number;
  readonly sums: readonly CardSums[];
  /** The newest first. */
  readonly notes: readonly CardNote[];
}

/** More of them nobody reads on one screen. */
const SHOWN = { subscriptions: 5, notes: 5 } as const;

export type DeskCardsRepository = ReturnType<typeof createDeskCardsRepository>;

/** What the desk shows of one person, and what it writes down of them. */
export function createDeskCardsRepository(pool: Pool) {
  return {
    async of(userId: number): Promise<PersonCard | undefined> {
      const who = await queryRow(pool, person, 'SELECT * FROM users WHERE telegram_id = $1', [userId]);
      if (!who) return undefined;
      const [subscriptions, count, money, notes] = await Promise.all([
        queryRows(
          pool,
          subscriptionView,
          `SELECT ${SUBSCRIPTION_VIEW} FROM subscriptions u JOIN locations l ON l.code = u.location_code
             JOIN servers s ON s.code = u.server_code
           WHERE u.user_id = $1 AND u.status IN ('pending', 'active') ORDER BY u.created_at DESC, u.id LIMIT $2`,
          [userId, SHOWN.subscriptions],
        ),
        queryRow(pool, z.object({ all: z.number() }), 'SELECT count(*) AS all FROM subscriptions WHERE user_id = $1', [
          userId,
        ]),
        queryRows(
          pool,
          sums,
          `SELECT p.currency, count(*) AS orders, sum(p.price_kopecks)::bigint AS paid_kopecks,
             coalesce(sum(r.kopecks), 0)::bigint AS refunded_kopecks
           FROM payments p LEFT JOIN LATERAL (
             SELECT sum(amount_kopecks) AS kopecks FROM refunds
             WHERE payment_id = p.id AND of_provider_ref IS NULL AND (status = 'succeeded' OR by_other_means)) r ON true
           WHERE p.user_id = $1 AND p.paid_at IS NOT NULL GROUP BY p.currency ORDER BY p.currency`,
          [userId],
        ),
        queryRows(pool, note, 'SELECT id, at, actor, text FROM notes WHERE user_id = $1 ORDER BY id DESC LIMIT $2', [
          userId,
          SHOWN.notes,
        ]),
      ]);
      const says = await queryRows(
        pool,
        usage,
        `SELECT g.subscription_id, g.used_gb, g.panel_enabled, g.panel_active, g.last_online, g.changed_at,
           u.panel_expires_at FROM subscription_usage g JOIN subscriptions u ON u.id = g.subscription_id
         WHERE g.subscription_id = ANY($1::uuid[])`,
        [subscriptions.map(({ id }) => id)],
      );
      return {
        person: who,
        subscriptions,
        panelSays: new Map(says.map((one) => [one.subscriptionId, one])),
        otherSubscriptions: count!.all - subscriptions.length,
        sums: money,
        notes,
      };
    },

    /** Adds a note with its line of the audit log. @returns `false`: there is no such person */
    addNote: (userId: number, text: string, actor: string): Promise<boolean> =>
      inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          'INSERT INTO notes (user_id, actor, text) SELECT telegram_id, $2, $3 FROM users WHERE telegram_id = $1',
          [userId, actor, text],
        );
        if (rowCount !== 1) return false;
        // The text itself stays in the note, which goes with its person.
        await recordDesk(client, { actor, act: 'note', subject: String(userId), after: { characters: text.length } });
        return true;
      }),
  };
}
