import type { JobContract } from '../jobContract';

export const referralRewards = {
  workflow: 'referralRewards',
  schedules: {
    'referral-rewards': {
      timing: { everyMinutes: 5 },
      catchupMinutes: 5,
      limitMinutes: 30,
      jitterSeconds: 30,
      note: 'Rewards the first purchases of invited friends, gives what is due, and revokes what was refunded.',
    },
  },
} as const satisfies JobContract;

/** How many rewards a run has moved on. */
export interface ReferralRewardsSummary {
  /** Purchases that have brought rewards. */
  readonly earned: number;
  /** Rewards whose day has come, handed to the `grant` workflow. */
  readonly due: number;
  /** After a refund, or because their people lose them. */
  readonly revoked: number;
  /** Messages about rewards that people have. */
  readonly told: number;
}

export interface ReferralRewardActivities {
  /**
   * Each step finds its work in the database, so a repeat goes on where an attempt has ended. A row that fails is
   * logged and does not stop the others; it is an error only when all of them failed.
   */
  moveRewards(): Promise<Omit<ReferralRewardsSummary, 'told'>>;
  tellOfRewards(): Promise<Pick<ReferralRewardsSummary, 'told'>>;
}
