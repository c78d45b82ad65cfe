import { readSomeSettings, SettingsError } from '../config/settings';
import type { Suspicion } from '../domain/referral/referral';
import { requireSchema, UnusableDatabaseError } from '../storage/postgres/migrate';
import { createPool } from '../storage/postgres/pool';
import { createReferralsRepository, type HeldReward, type ReferralsRepository } from '../storage/postgres/referrals';
import { parseReferralArguments, USAGE, type ReferralArguments } from './referralArguments';
import { runCommand } from './runCommand';

async function main(words: readonly string[]): Promise<number> {
  const given = parseReferralArguments(words);
  if (!given) {
    console.error(USAGE);
    return 2;
  }
  const { DATABASE_URL } = readSomeSettings(['DATABASE_URL'], process.env);
  const pool = createPool(DATABASE_URL, { max: 1, onError: (error) => console.error(`PostgreSQL: ${error.message}`) });
  try {
    await requireSchema(pool);
    return await carryOut(createReferralsRepository(pool), given);
  } finally {
    await pool.end();
  }
}

async function carryOut(referrals: ReferralsRepository, given: ReferralArguments): Promise<number> {
  switch (given.command) {
    case 'show':
      return show(referrals, given.userId);
    case 'held': {
      const held = await referrals.held();
      console.log(held.map(heldLine).join('\n') || 'No reward waits for a decision.');
      return 0;
    }
    case 'release':
    case 'refuse': {
      if (!(await referrals.decide(given.reward, given.command, given.actor)))
        return notDone(
          `No reward ${given.reward} is waiting. Those that wait for a decision: npm run referral -- held`,
        );
      const what = given.command === 'release' ? 'released: it comes when its day does' : 'refused: it never comes';
      console.log(`${given.reward} is ${what}. Written to the audit log as ${given.actor}.`);
      return 0;
    }
    case 'assign':
    case 'remove':
      return attach(referrals, given);
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
      return notDone(referrerId === null ? `Nobody has invited ${friendId}.` : 'It is so already.');
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

const WHY: Readonly<Record<Suspicion, string>> = {
  'refunded-twice': 'two or more delivered purchases of the friend were refunded whole',
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
