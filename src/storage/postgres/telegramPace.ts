import { z } from 'zod';
import type { Queryable } from './pool';
import { queryRow } from './query';

const turn = z.object({ wait_ms: z.number() });

export type TelegramPace = ReturnType<typeof createTelegramPace>;

/**
 * One clock for all workers that says when the next message that can wait may go out. It lives in PostgreSQL because
 * whoever sends in bulk has just read its list there: no other part has to be up for it, and its clock is the only one
 * that counts.
 *
 * @param perSecond messages a second of all workers together
 */
export function createTelegramPace(db: Queryable, { perSecond, lane = 'bulk' }: { perSecond: number; lane?: string }) {
  const gapMs = 1_000 / perSecond;
  return {
    /** Takes the next turn. @returns milliseconds until it comes */
    async takeTurn(): Promise<number> {
      const taken = await queryRow(
        db,
        turn,
        `INSERT INTO telegram_pace AS p (lane, next_at) VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')
         ON CONFLICT (lane) DO UPDATE SET next_at = greatest(p.next_at, clock_timestamp()) + $2 * interval '1 millisecond'
         RETURNING (extract(epoch FROM next_at - clock_timestamp()) * 1000 - $2)::float8 AS wait_ms`,
        [lane, gapMs],
      );
      return Math.max(0, taken!.wait_ms);
    },

    /**
     * Messages that can't wait have gone out: whoever has the turns ahead comes that much later. While nobody waits
     * there is nothing to put off, and nothing is written.
     */
    async goAhead(messages: number): Promise<void> {
      await db.query(
        `UPDATE telegram_pace SET next_at = next_at + $2 * interval '1 millisecond' WHERE lane = $1 AND next_at > clock_timestamp()`,
        [lane, messages * gapMs],
      );
    },

    /** Telegram said "later": nobody takes a turn before then. */
    async pause(ms: number): Promise<void> {
      await db.query(
        `INSERT INTO telegram_pace AS p (lane, next_at) VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')
         ON CONFLICT (lane) DO UPDATE SET next_at = greatest(p.next_at, clock_timestamp() + $2 * interval '1 millisecond')`,
        [lane, ms],
      );
    },
  };
}
