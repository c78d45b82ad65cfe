import { DAY_MS, HOUR_MS } from '../../domain/duration';
import { GIFT_REMINDER_DAYS, GIFT_RETURN_DAYS } from '../../domain/voucher/gift';
import type { ReconciliationDependencies } from './dependencies';
import { NONE, type Healed } from './heal';

/** A workflow has this long for a step. The job runs every quarter of an hour, so a gift is looked at several times. */
const LOOKED_AT_MS = 2 * HOUR_MS;
const AT_ONCE = 500;

/**
 * Gifts that nobody has claimed and for which something is due: their workflow is to begin, also because they were
 * given back, a reminder is to be sent, or they are to be their giver's own. Each must have a running workflow. The
 * others only wait, and nobody asks for them. All at once: they are few.
 */
export async function healGifts(
  { gifts, giftWorkflows }: Pick<ReconciliationDependencies, 'gifts' | 'giftWorkflows'>,
  before: Date,
): Promise<Healed> {
  const workflows = giftWorkflows();
  const until = (days: number) => new Date(before.getTime() - days * DAY_MS);
  const due = [
    ...[0, ...GIFT_REMINDER_DAYS].map((days) => ({
      after: new Date(until(days).getTime() - LOOKED_AT_MS),
      until: until(days),
    })),
    // Whatever is older should have ended.
    { after: new Date(0), until: until(GIFT_RETURN_DAYS) },
  ];
  let started = 0;
  for (const from of due)
    for (const gift of await gifts.waiting(from, AT_ONCE)) {
      if (await workflows.isRunning(gift.id)) continue;
      await workflows.ensureRunning(gift);
      started += 1;
    }
  return { ...NONE, started };
}

/**
 * Tells givers what they do not know of their gifts: they had blocked the bot, or Telegram was away for as long as the
 * workflow has tried. One whose workflow runs is told by that.
 * @throws GatewayError when Telegram is away; what is owed stays owed
 */
export async function tellGivers({
  gifts,
  giftWorkflows,
  tellGiver,
}: Pick<ReconciliationDependencies, 'gifts' | 'giftWorkflows' | 'tellGiver'>): Promise<{ told: number }> {
  const workflows = giftWorkflows();
  let told = 0;
  for (const { giftId, about } of await gifts.owedNotices(AT_ONCE)) {
    if (await workflows.isRunning(giftId)) continue;
    if ((await tellGiver((await gifts.byId(giftId))!, { about })) === 'sent') told += 1;
  }
  return { told };
}
