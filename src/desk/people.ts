import type { Pool } from 'pg';
import { personById, type DeskPerson } from '../storage/postgres/people';
import { forfeitableOf, rewardById, type ForfeitableReward } from '../storage/postgres/referrals/forfeit';
import { blockPerson, unblockPerson } from './block';
import type { Doer } from './doer';
import { eraseData } from './erase';
import { forfeitForFraud } from './forfeitReward';

/** A person as the desk shows them. */
export interface PersonCard {
  readonly person: DeskPerson;
  /** For friends, which they can still lose: the newest. */
  readonly rewards: readonly ForfeitableReward[];
}

const SHOWN_REWARDS = 10;

export type PeopleDesk = ReturnType<typeof createPeopleDesk>;

/** What the desk does with one person. Who may do it is asked before (`access.ts`). */
export function createPeopleDesk(pool: Pool) {
  return {
    /** @returns `undefined`: nobody with this id has ever written to the bot */
    async card(userId: number): Promise<PersonCard | undefined> {
      const person = await personById(pool, userId);
      return person && { person, rewards: await forfeitableOf(pool, userId, SHOWN_REWARDS) };
    },

    reward: (id: string) => rewardById(pool, id),

    block: (what: Parameters<typeof blockPerson>[1], by: Doer) => blockPerson(pool, what, by),
    unblock: (userId: number, by: Doer) => unblockPerson(pool, userId, by),
    erase: (userId: number, by: Doer) => eraseData(pool, userId, by),
    forfeit: (rewardId: string, by: Doer) => forfeitForFraud(pool, rewardId, by),
  };
}
