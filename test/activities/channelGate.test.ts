/** The channel of the trial while Telegram hangs: it takes the call and never answers. */
import { expect, it } from '@jest/globals';
import { createChannelGate } from '../../src/activities/channelGate';
import { inActivity } from '../jobs/fakes';

const never = () => new Promise<never>(() => undefined);

it('everybody is let in when Telegram does not answer in time, and the owners are told without being waited for', async () => {
  const told: string[] = [];
  const mayHaveTrial = createChannelGate(
    {
      telegram: { isMember: never },
      freeGrants: {
        trialOffer: async () => ({
          days: 3,
          trafficGb: 5,
          perDay: 50,
          perReferrerPerDay: 1_000,
          keep: true,
          priceKopecks: null,
          serverCodes: null,
          channel: '@news',
        }),
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
  const grant = { days: 3, trafficGb: 5 };
  const request = { kind: 'trial', source: '7', userId: 7, locationCode: 'nl', grant, keep: true } as const;
  expect(await inActivity(() => mayHaveTrial(request))).toBe(true);
  expect(told).toEqual(['trial:channel:2026-11-24']);
});
