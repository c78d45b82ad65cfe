import { SettingsError } from '../config/settings';
import { createPeopleDesk, type PeopleDesk } from '../desk/people';
import { requireSchema, UnusableDatabaseError } from '../storage/postgres/migrate';
import type { NeededFor } from '../storage/postgres/people';
import { parsePersonArguments, USAGE, type PersonArguments } from './personArguments';
import { runCommand } from './runCommand';
import { withDatabase } from './withDatabase';

async function main(words: readonly string[]): Promise<number> {
  const given = parsePersonArguments(words);
  if (!given) {
    console.error(USAGE);
    return 2;
  }
  return withDatabase(async (pool) => {
    await requireSchema(pool);
    return carryOut(createPeopleDesk(pool), given);
  });
}

const NEEDED_WORDS: Readonly<Record<NeededFor, string>> = {
  subscription: 'a subscription lives',
  order: 'an order, or its money, is on its way',
  refund: 'a refund is not at its end',
  gift: 'a gift that they have paid for waits to be claimed',
};

async function carryOut(desk: PeopleDesk, given: PersonArguments): Promise<number> {
  switch (given.command) {
    case 'show':
      return show(desk, given.userId);
    case 'block':
    case 'unblock': {
      const answer = await (given.command === 'block' ? desk.block(given, given) : desk.unblock(given.userId, given));
      if (answer.outcome !== 'done') return notDone(given.userId, answer.outcome);
      const was = answer.before === null ? 'not blocked' : `blocked (${answer.before})`;
      const now = given.command === 'block' ? `blocked (${given.reason})` : 'not blocked any more';
      return done(given, `${given.userId} is ${now}, and was ${was} before.${forfeitedWords(answer.forfeited)}`);
    }
    case 'erase': {
      const answer = await desk.erase(given.userId, given);
      if (answer.outcome === 'needed')
        return refuse(`Not yet: ${answer.for.map((what) => NEEDED_WORDS[what]).join('; ')}. Nothing was changed.`);
      if (answer.outcome !== 'done') return notDone(given.userId, answer.outcome);
      return done(given, `The data of ${given.userId} were removed.${forfeitedWords(answer.forfeited)}`);
    }
    case 'forfeit': {
      const answer = await desk.forfeit(given.reward, given);
      if (answer.outcome === 'unknown') return refuse(`There is no reward ${given.reward}.`);
      if (answer.outcome === 'too-late')
        return refuse(`${given.reward} has ended already, it is ${answer.before}: nothing was changed.`);
      if (answer.outcome === 'same') return same();
      return done(given, `${given.reward}, ${answer.before} until now, will be taken back by the worker.`);
    }
  }
}

const forfeitedWords = (count: number): string =>
  count === 0 ? '' : ` Rewards for friends that the worker will take back: ${count}.`;

async function show(desk: PeopleDesk, userId: number): Promise<number> {
  const card = await desk.card(userId);
  if (!card) return notDone(userId, 'unknown');
  const { createdAt, blockedAt, blockedBy, blockReason, erasedAt, firstName } = card.person;
  console.log(`${userId} ${firstName}, with the shop since ${createdAt.toISOString()}`);
  console.log(
    blockReason === null
      ? 'not blocked'
      : `blocked (${blockReason}) since ${blockedAt!.toISOString()} by ${blockedBy ?? ''}`,
  );
  if (erasedAt !== null) console.log(`their data were removed on ${erasedAt.toISOString()}`);
  for (const { id, role, friendId, days, status, createdAt: at } of card.rewards)
    console.log(`${id}  ${role} of ${friendId}: ${days} days, ${status}, of ${at.toISOString()}`);
  return 0;
}

function done({ actor }: { readonly actor: string }, what: string): number {
  console.log(`${what} Written to the audit log as ${actor}.`);
  return 0;
}

function same(): number {
  console.log('It is so already: nothing was changed.');
  return 0;
}

function notDone(userId: number, why: 'same' | 'unknown'): number {
  return why === 'same' ? same() : refuse(`${userId} has never written to the bot.`);
}

function refuse(why: string): number {
  console.error(why);
  return 1;
}

runCommand(main, { expected: [SettingsError, UnusableDatabaseError] });
