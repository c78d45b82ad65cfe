import type { Pool } from 'pg';
import { recordDesk } from '../storage/postgres/deskAudit';
import { erasePerson, neededFor, personToChange, type NeededFor } from '../storage/postgres/people';
import { inTransaction } from '../storage/postgres/pool';
import { decideForfeits } from '../storage/postgres/referrals/forfeit';
import type { Doer } from './doer';

/**
 * - `done`: their data are removed; `forfeited`: with them so many rewards that waited
 * - `same`: that was done before, and they have not come back since
 * - `needed`: not while something of theirs is under way: what
 * - `unknown`: nobody with this id has ever written to the bot
 */
export type EraseOutcome =
  | { readonly outcome: 'done'; readonly forfeited: number }
  | { readonly outcome: 'needed'; readonly for: readonly NeededFor[] }
  | { readonly outcome: 'same' | 'unknown' };

/**
 * Removes somebody's data because they have asked for it: names, address, codes, and their link for friends. Their
 * rewards that wait go with them, also as vouchers that nobody has claimed; what others have had because of them stays
 * theirs, and so does what waits for who invited them: the purchase was made, and its money is with the shop. Orders stay
 * under the Telegram id, and so does that they have had a trial and have bought.
 */
export function eraseData(pool: Pool, userId: number, { actor, note = null }: Doer): Promise<EraseOutcome> {
  return inTransaction(pool, async (client) => {
    const person = await personToChange(client, userId);
    const entry = { actor, act: 'erase', subject: String(userId), reason: note };
    const refuse = async <R extends string>(refused: R) => {
      await recordDesk(client, { ...entry, refused });
      return { outcome: refused } as const;
    };
    if (!person) return refuse('unknown');
    if (person.erasedAt !== null) return refuse('same');
    const needed = await neededFor(client, userId);
    if (needed.length > 0) return { ...(await refuse('needed')), for: needed };
    const at = new Date();
    const forfeited = await decideForfeits(client, { userId }, { reason: 'erased', by: actor, at });
    await erasePerson(client, userId, at);
    // What was there is not repeated here: it is gone.
    await recordDesk(client, { ...entry, after: { erased: true, ...(forfeited.length > 0 && { forfeited }) } });
    return { outcome: 'done', forfeited: forfeited.length };
  });
}
