import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { grantEntry, type ByHandKind } from '../../../domain/bookEntry';
import { moreDays } from '../../../domain/order';
import { createDecisionsRepository } from '../decisions';
import { appendEntry, lockBook } from '../grantBook';
import { lockPerson } from '../locks';
import { renewalFits } from '../payments/renewalFits';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { serverRow } from '../tables/catalogue';
import { camelCased } from '../tables/columns';
import { subscriptionRow } from '../tables/subscriptions';
import { isLiving } from '../../../domain/subscription';
import { uuidMadeOf } from '../uuidMadeOf';
import { addFreeGrant, givenBefore, type GivingOutcome } from './give';

/** Days that an operator gives. */
export interface DaysByHand {
  readonly kind: ByHandKind;
  readonly subscriptionId: string;
  readonly days: number;
  /** Why, for the audit log. The same days with the same note are given once. */
  readonly note: string;
  /** `operator:<name>` */
  readonly actor: string;
}

/** `unavailable`: it does not live, was never delivered, or its panel is gone for good. */
type DaysRefusal = 'unknown' | 'unavailable' | 'limit-reached';
export type DaysGiven = GivingOutcome<DaysRefusal> & { readonly source: string; readonly userId: number | null };

const subscription = subscriptionRow
  .pick({ user_id: true, status: true, delivered_at: true })
  .extend(serverRow.pick({ gone_at: true }).shape)
  .transform((row) => camelCased(row));

/**
 * Gives days to a subscription that lives: its row, its entry in the book of grants, and who gave them and why in the
 * audit log, or nothing of it. It may be repeated at any time: what was given is found again. The panel is told by the
 * `grant` workflow.
 */
export function giveByHand(pool: Pool, given: DaysByHand, now: Date): Promise<DaysGiven> {
  const { kind, subscriptionId, days, note, actor } = given;
  const source = uuidMadeOf(JSON.stringify([kind, subscriptionId, days, note]));
  return inTransaction(pool, async (client) => {
    const own = await queryRow(
      client,
      subscription,
      `SELECT u.user_id, u.status, u.delivered_at, s.gone_at
       FROM subscriptions u JOIN servers s ON s.code = u.server_code WHERE u.id = $1`,
      [subscriptionId],
    );
    const refused = (why: DaysRefusal) => ({ outcome: 'refused', why, source, userId: own?.userId ?? null }) as const;
    if (!own) return refused('unknown');
    const { userId } = own;
    await lockPerson(client, userId);
    const before = await givenBefore(client, kind, source);
    if (before) return { ...before, source, userId };
    const locked = await lockBook(client, subscriptionId);
    if (!isLiving(locked) || own.deliveredAt === null || own.goneAt !== null) return refused('unavailable');
    const grant = moreDays(locked.book, days);
    if (!(await renewalFits(client, subscriptionId, grant, now))) return refused('limit-reached');
    const id = randomUUID();
    const { planCode } = locked.book;
    const cause = { kind, source: id, at: now, usedGb: locked.usedGb, kopecks: 0, planCode };
    await appendEntry(client, locked, grantEntry(cause, grant));
    await createDecisionsRepository(client).record(actor, `give-${kind}`, null, {
      ...{ grant: id, subscription: subscriptionId, user: userId, days, note },
    });
    const added = await addFreeGrant(client, { id, kind, source, userId, subscriptionId, makesKey: false }, now);
    return { ...added, source, userId };
  });
}
