import type { JobContract } from '../jobContract';

export const serviceWatch = {
  workflow: 'serviceWatch',
  schedules: {
    'service-watch': {
      timing: { everyMinutes: 2 },
      catchupMinutes: 2,
      limitMinutes: 10,
      jitterSeconds: 5,
      note: 'Asks panels, payment providers and Telegram whether they take the shop’s keys; tells the owner of an outage, who waits, and its end.',
    },
  },
} as const satisfies JobContract;

export interface CheckedServices {
  readonly panels: number;
  /** What does not answer or refuses: a provider, `telegram`, or the code of a panel's server. */
  readonly failing: readonly string[];
}

export interface ServiceWatchActivities {
  /** Asks each service once with the shop's key and stores outages and their ends. */
  checkServices(): Promise<CheckedServices>;
  /**
   * Tells the owner of outages that have lasted long enough, of who waits now, of ends, and, when they can be written
   * to again, of what did not reach them.
   */
  tellOutages(): Promise<{ told: number }>;
}

export interface ServiceWatchSummary extends CheckedServices {
  /**
   * Outages of which an owner has the newest state, and owners told what they missed; `null`: Telegram did not take
   * them, the next run tells.
   */
  readonly told: number | null;
}
