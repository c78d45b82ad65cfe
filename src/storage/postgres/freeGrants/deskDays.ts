import type { Pool, PoolClient } from 'pg';
import { grantEntry } from '../../../domain/bookEntry';
import { actOfDays, whyNotDays, type DeskDaysRefusal } from '../../../domain/deskDays';
import { moreDays } from '../../../domain/order';
import { mayDo } from '../../../domain/staff';
import { recordDesk } from '../deskAudit';
import { appendEntry, lockBook } from '../grantBook';
import { lockPerson } from '../locks';
import { renewalFits } from '../payments/renewalFits';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { staffRoleOf } from '../staff';
import { subscriptionRow } from '../tables/subscriptions';
import { addFreeGrant, givenBefore, type GivingOutcome } from './give';

/** Days that somebody of the desk gives to a subscription. */
export interface DeskDays {
  /** One for each confirmed screen: pressed again, it gives nothing more. */
  readonly source: string;
  readonly userId: number;
  readonly subscriptionId: string;
  readonly days: number;
  /** The Telegram id of who gives them. */
  readonly givenBy: number;
  readonly reason: string;
  /** The end that they were shown, epoch ms: where it is another one by now, nothing is given. */
  readonly shownEnd: number;
}

/**
 * Gives them, once: the entry in the book of grants, the row of `free_grants` and the line of the desk's audit log, or
 * nothing but the line of a refusal. Whether the role of who gives them allows it is asked here once more: it may have
 * been taken since they confirmed.
 * @param adminIds the owners
 */
export function giveDeskDays(
  pool: Pool,
  request: DeskDays,
  adminIds: readonly number[],
  now: Date,
): Promise<GivingOutcome<DeskDaysRefusal>> {
  return inTransaction(pool, async (client) => {
    const { source, userId, days, givenBy, reason } = request;
    await lockPerson(client, userId);
    const before = await givenBefore(client, 'owner', source);
    if (before) return before;
    const act = actOfDays(days);
    const line = { actor: `operator:${givenBy}`, act, subject: String(userId), reason };
    const refuse = async (why: DeskDaysRefusal): Promise<GivingOutcome<DeskDaysRefusal>> => {
      await recordDesk(client, { ...line, before: { request: source, days }, refused: why });
      return { outcome: 'refused', why };
    };
    const role = adminIds.includes(givenBy) ? 'owner' : await staffRoleOf(client, givenBy);
    if (role === undefined || !mayDo(role, act)) return refuse('not-allowed');
    const own = await ownOf(client, request);
    if (!own) return refuse('unavailable');
    const locked = await lockBook(client, own.id);
    const { planCode, expiresAt } = locked.book;
    if (expiresAt.getTime() !== request.shownEnd) return refuse('changed-since');
    const why = whyNotDays(expiresAt, days, now);
    if (why !== undefined) return refuse(why);
    const grant = moreDays(locked.book, days);
    if (!(await renewalFits(client, own.id, grant, now))) return refuse('limit-reached');
    const cause = { kind: 'owner', source, at: now, usedGb: locked.usedGb, kopecks: 0, planCode } as const;
    const after = await appendEntry(client, locked, grantEntry(cause, grant));
    await recordDesk(client, {
      ...line,
      before: { subscription: own.id, until: expiresAt },
      after: { request: source, days, until: after.expiresAt },
    });
    const given = { id: source, kind: 'owner', source, userId, subscriptionId: own.id, makesKey: false } as const;
    return addFreeGrant(client, given, now);
  });
}

/** The subscription, if it is this person's, lives, and has a key on a panel that is there. */
function ownOf(client: PoolClient, { subscriptionId, userId }: DeskDays): Promise<{ id: string } | undefined> {
  return queryRow(
    client,
    subscriptionRow.pick({ id: true }),
    `SELECT u.id FROM subscriptions u JOIN servers s ON s.code = u.server_code AND s.gone_at IS NULL
     WHERE u.id = $1 AND u.user_id = $2 AND u.status IN ('pending', 'active') AND u.delivered_at IS NOT NULL
     FOR UPDATE OF u`,
    [subscriptionId, userId],
  );
}
