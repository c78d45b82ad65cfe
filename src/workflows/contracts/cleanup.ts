/** What `cleanup` asks of the outside. */

export interface CleanupInput {
  readonly what: 'fsm' | 'cache' | 'payments';
}

export interface SweptRedis {
  readonly scanned: number;
  /** Keys of ours that would never have expired. */
  readonly withoutExpiry: number;
  readonly unreadable: number;
  /** Keys of somebody else that never expire: reported, not touched. */
  readonly foreign: number;
}

/** Old rows, by what they are. */
export const OLD_THINGS = [
  'webhooks',
  'yookassa-requests',
  'people',
  'notifications',
  'panel-samples',
  'panel-drift',
  'access-revocations',
] as const;
export type OldThing = (typeof OLD_THINGS)[number];

export interface CleanupActivities {
  sweepRedis(input: { database: 'fsm' | 'cache' }): Promise<SweptRedis>;
  /** Old open payments: closed where YooKassa was never asked, asked about where it was. */
  askAboutAbandoned(input: { after: string | null }): Promise<{ asked: number; closed: number; next: string | null }>;
  /** Removes (or, for people, anonymises) what is past its retention, in small batches. */
  removeOld(input: { what: OldThing }): Promise<{ removed: number }>;
}

export type CleanupSummary =
  | ({ readonly what: 'fsm' | 'cache' } & SweptRedis)
  | {
      readonly what: 'payments';
      readonly asked: number;
      readonly closed: number;
      readonly removed: Readonly<Record<OldThing, number>>;
    };
