import type { Pool } from 'pg';
import type { BlockReason } from '../domain/block';
import { recordDesk } from '../storage/postgres/deskAudit';
import { personToChange, setBlock } from '../storage/postgres/people';
import { inTransaction } from '../storage/postgres/pool';
import { decideForfeits } from '../storage/postgres/referrals/forfeit';
import type { Doer } from './doer';

/**
 * - `done`: they are, or are not, blocked now; `before`: why they were, `null`: they were not; `forfeited`: so many
 *   rewards of theirs are to be lost by it
 * - `same`: it was so before, and nothing was changed
 * - `unknown`: nobody with this id has ever written to the bot
 */
export type BlockOutcome =
  | { readonly outcome: 'done'; readonly before: BlockReason | null; readonly forfeited: number }
  | { readonly outcome: 'same' | 'unknown' };

/**
 * Has the shop take no orders from somebody and give them nothing more: no trial, code, gift, voucher or reward. What
 * they have paid for stays theirs, an order that is open ends as it would, and money goes back as before. Whatever gives
 * locks the same row and looks at it (`lockPerson`), so what was given came before this, and nothing comes after it.
 *
 * Somebody who is blocked for another reason by now is blocked for this one afterwards. Who is blocked for fraud loses
 * the rewards that they have had for friends, as far as they lie ahead, and those that wait.
 */
export function blockPerson(
  pool: Pool,
  { userId, reason }: { readonly userId: number; readonly reason: BlockReason },
  by: Doer,
): Promise<BlockOutcome> {
  return change(pool, userId, reason, by);
}

/** The shop takes orders from them again, and gives what waits for them. What was taken back stays so. */
export function unblockPerson(pool: Pool, userId: number, by: Doer): Promise<BlockOutcome> {
  return change(pool, userId, null, by);
}

function change(
  pool: Pool,
  userId: number,
  reason: BlockReason | null,
  { actor, note = null }: Doer,
): Promise<BlockOutcome> {
  const act = reason === null ? 'unblock' : 'block';
  return inTransaction(pool, async (client) => {
    const person = await personToChange(client, userId);
    const refused = person === undefined ? 'unknown' : person.blockReason === reason ? 'same' : undefined;
    const entry = { actor, act, subject: String(userId), reason: note };
    if (person === undefined || refused !== undefined) {
      await recordDesk(client, { ...entry, refused: refused ?? 'unknown' });
      return { outcome: refused ?? 'unknown' };
    }
    const before = person.blockReason;
    const at = new Date();
    await setBlock(client, userId, reason === null ? null : { by: actor, reason, at });
    const forfeited =
      reason === 'fraud' ? await decideForfeits(client, { userId }, { reason: 'fraud', by: actor, at }) : [];
    const after = { blocked: reason, ...(forfeited.length > 0 && { forfeited }) };
    await recordDesk(client, { ...entry, before: { blocked: before }, after });
    return { outcome: 'done', before, forfeited: forfeited.length };
  });
}
