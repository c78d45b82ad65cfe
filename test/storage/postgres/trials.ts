/** Trials for tests: what the shop offers unless a test says otherwise, who asks for it, and that they have it. */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { TrialOffer } from '../../../src/domain/trial';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import type { TrialRequest } from '../../../src/storage/postgres/freeGrants/trial';
import { freshIds } from './shopDatabase';

export const TRIAL_GRANT = { days: 3, trafficGb: 5 };

/** Free of charge, on every server, for whoever asks, and more of them than a test asks for. */
export const trialOffer = (change: Partial<TrialOffer> = {}): TrialOffer => ({
  ...{ ...TRIAL_GRANT, perDay: 1_000, perReferrerPerDay: 1_000, keep: true },
  ...{ priceKopecks: null, serverCodes: null, channel: null },
  ...change,
});

/** The shop offers it from now on; nothing else of the catalogue changes. @param perDay at most so many in a day */
export async function offerTrial(pool: Pool, perDay = trialOffer().perDay): Promise<void> {
  const { days, trafficGb, perReferrerPerDay, keep } = trialOffer();
  await pool.query(
    `INSERT INTO trials (code, days, traffic_gb, per_day, per_referrer_per_day, keep)
     VALUES ('trial', $1, $2, $3, $4, $5)
     ON CONFLICT (code) DO UPDATE SET days = $1, traffic_gb = $2, per_day = $3, active = true`,
    [days, trafficGb, perDay, perReferrerPerDay, keep],
  );
}

export const trialRequest = (userId: number, change: Partial<TrialRequest> = {}): TrialRequest => ({
  ...{ id: randomUUID(), ...freshIds(), userId, locationCode: 'nl', grant: TRIAL_GRANT, keep: true },
  ...change,
});

/**
 * Gives a trial that must be there to be given; its key is not there yet.
 * @throws Error saying why it is refused
 */
export async function trialGiven(pool: Pool, request: TrialRequest, at = new Date()) {
  const answer = await createFreeGrantsRepository(pool).giveTrial(request, at);
  if (answer.outcome !== 'given') throw new Error(answer.why);
  return answer;
}
