import { SettingsError } from '../config/settings';
import type { Suspicion } from '../domain/referral/referral';
import { requireSchema, UnusableDatabaseError } from '../storage/postgres/migrate';
import { createReferralsRepository, type HeldReward, type ReferralsRepository } from '../storage/postgres/referrals';
import { parseReferralArguments, USAGE, type ReferralArguments } from './referralArguments';
import { runCommand } from './runCommand';
import { withDatabase } from './withDatabase';

async function main(words: readonly string[]): Promise<number> {
  const given = parseReferralArguments(words);
  if (!given) {
    console.error(USAGE);
    return 2;
  }
  return withDatabase(async (pool) => {
    await requireSchema(pool);
    return carryOut(createReferralsRepository(pool), given);
  });
}

async function carryOut(referrals: ReferralsRepository, given: ReferralArguments): Promise<number> {
  switch (given.command) {
    case 'show':
      return show(referrals, given.userId);
    case 'held': {
      const held = await referrals.held(SHOWN_HELD + 1);
      console.log(held.slice(0, SHOWN_HELD).map(heldLine).join('\n') || 'No reward waits for a decision.');
      if (held.length > SHOWN_HELD)
        console.log(`These are the oldest ${SHOWN_HELD}; decide about them to see the next.`);
      return 0;
    }
    case 'release':
    case 'refuse':
      return decide(referrals, given);
    case 'assign':
    case 'remove':
      return attach(referrals, given);
  }
}

async function decide(
  referrals: ReferralsRepository,
  { command, reward, actor }: ReferralArguments & { readonly command: 'release' | 'refuse' },
): Promise<number> {
  const answer = await referrals.decide(reward, command, actor);
  switch (answer.outcome) {
    case 'unknown':
      return notDone(`There is no reward ${reward}. Those that wait for a decision: npm run referral -- held`);
    case 'too-late':
      return notDone(`${reward} waits no more, it is ${answer.status}: nothing was changed.`);
    case 'same':
      console.log(`${reward} was decided so before, and is ${answer.status}. Nothing was changed.`);
      return 0;
    case 'done': {
      const what = command === 'release' ? 'released: it comes when its day does' : 'refused: it never comes';
      console.log(`${reward} is ${what}. Written to the audit log as ${actor}.`);
      return 0;
    }
  }
}

async function attach(
  referrals: ReferralsRepository,
  { actor, friendId, referrerId }: ReferralArguments & { readonly command: 'assign' | 'remove' },
): Promise<number> {
  const answer = await referrals.attach({ friendId, referrerId }, actor);
  switch (answer.outcome) {
    case 'unknown':
      return notDone('One of them has never written to the bot.');
    case 'not-older':
      return notDone(`${referrerId} did not come before ${friendId}: who invites somebody was there first.`);
    case 'same':
      console.log('It is so already: nothing was changed.');
      return 0;
    case 'done': {
      const before = answer.before === null ? 'nobody' : String(answer.before);
      const now = referrerId === null ? 'nobody' : String(referrerId);
      console.log(`${friendId} was invited by ${now}, and by ${before} before. Written to the audit log as ${actor}.`);
      return 0;
    }
  }
}

async function show(referrals: ReferralsRepository, userId: number): Promise<number> {
  const found = await referrals.attachmentsOf(userId);
  if (!found) return notDone(`${userId} has never written to the bot.`);
  console.log(`invited by ${found.referredBy ?? 'nobody'}; has invited ${found.friends.join(', ') || 'nobody'}`);
  for (const { id, role, friendId, days, status, dueAt, offsetDays, owedDays } of found.rewards) {
    const sums = `${offsetDays} of them offset, ${owedDays} owed`;
    console.log(`${id}  ${role} of ${friendId}: ${days} days, ${sums}, ${status}, due ${dueAt.toISOString()}`);
  }
  return 0;
}

/** More are not readable at once. */
const SHOWN_HELD = 100;

const WHY: Readonly<Record<Suspicion, string>> = {
  'refunded-twice': 'two or more delivered purchases of the friend were refunded whole',
  'friend-blocked': 'the friend is blocked',
  'many-friends': 'more than five friends came by the link on that day',
};

function heldLine({ id, userId, friendId, days, dueAt, paymentId, suspicions }: HeldReward): string {
  const why = suspicions.map((one) => WHY[one]).join('; ');
  return `${id}  ${days} days for ${userId}, friend ${friendId}, due ${dueAt.toISOString()}, payment ${paymentId}: ${why}`;
}

function notDone(why: string): number {
  console.error(why);
  return 1;
}

runCommand(main, { expected: [SettingsError, UnusableDatabaseError] });
