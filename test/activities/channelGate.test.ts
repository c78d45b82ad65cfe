/** The channel of the trial while Telegram hangs: it takes the call and never answers. */
import { expect, it } from '@jest/globals';
import { createChannelGate } from '../../src/activities/channelGate';
import { inActivity } from '../jobs/fakes';
import { TRIAL_GRANT, trialOffer } from '../storage/postgres/trials';

const never = () => new Promise<never>(() => undefined);

it('everybody is let in when Telegram does not answer in time, and the owners are told without being waited for', async () => {
  const told: string[] = [];
  const mayHaveTrial = createChannelGate(
    {
      telegram: { isMember: never },
      freeGrants: {
        trialOffer: async () => trialOffer({ channel: '@news' }),
        trialOf: async () => undefined,
      },
      tellOwners: (_kind, subject) => {
        told.push(subject);
        return never();
      },
      now: () => new Date('2026-11-24T09:00:00Z'),
    },
    10,
  );
  const place = { source: '7', userId: 7, locationCode: 'nl' };
  const request = { kind: 'trial', ...place, grant: TRIAL_GRANT, keep: true } as const;
  expect(await inActivity(() => mayHaveTrial(request))).toBe(true);
  expect(told).toEqual(['trial:channel:2026-11-24']);
});
