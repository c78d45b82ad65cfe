/** What the owner writes in a catalogue file: fields, limits and defaults. */
import { z } from 'zod';
import { DAY_MS, MINUTE_MS, parseDuration } from '../domain/duration';
import { MOST_TRAFFIC_GB, type PlanGrant, type PlanLimits } from '../domain/grant';
import { LANGUAGES } from '../domain/language';
import type { TrialOffer } from '../domain/trial';
import { panelUrl } from './panelUrl';

export const CODE = /^[a-z0-9-]{1,20}$/;
const code = z.string().regex(CODE, 'must be 1 to 20 characters of a-z 0-9 -');
/** Neither PostgreSQL nor Telegram takes control characters. */
const name = z
  .string()
  .trim()
  .min(1)
  .max(40)
  .regex(/^\P{Cc}*$/u, 'must not hold control characters');
const text = z.object(
  Object.fromEntries(LANGUAGES.map((language) => [language, name])) as Record<(typeof LANGUAGES)[number], z.ZodString>,
);

/** Longer than any payment waits for its key. */
const LONGEST_TAKE_OVER_MS = 30 * DAY_MS;

/** How long a server may be away before another one of its location makes the key: `15m`, at least a minute. */
const takeOverAfter = z.string().transform((after, context) => {
  const ms = parseDuration(after);
  if (ms !== undefined && ms >= MINUTE_MS && ms <= LONGEST_TAKE_OVER_MS) return ms;
  context.addIssue({ code: 'custom', message: 'must be a duration such as 15m, of 1m to 30d' });
  return z.NEVER;
});

/** A plan that says nothing of a limit has none. */
const UNLIMITED = { trafficGb: null } satisfies PlanLimits;
/** What people are given to try the shop, unless the owner writes something else. */
const TRIAL = { days: 3, trafficGb: 5, perDay: 50, perReferrerPerDay: 5 } satisfies PlanGrant &
  Pick<TrialOffer, 'perDay' | 'perReferrerPerDay'>;

const days = z.int().min(1).max(3650);
// Owners know 1,000,000 from their panel as "no limit", and that is what it is here.
const trafficGb = z
  .int()
  .min(1)
  .max(MOST_TRAFFIC_GB + 1, `must be at most ${MOST_TRAFFIC_GB}, or null for unlimited`)
  .nullable()
  .transform((gb) => (gb !== null && gb > MOST_TRAFFIC_GB ? null : gb));

/** What a plan grants, as the owner writes it. */
type GrantSchema = { readonly [Field in keyof PlanGrant]: z.ZodType<PlanGrant[Field]> };
const planGrant = { days, trafficGb: trafficGb.default(UNLIMITED.trafficGb) } satisfies GrantSchema;
const trialGrant = {
  days: days.default(TRIAL.days),
  trafficGb: trafficGb.default(TRIAL.trafficGb),
} satisfies GrantSchema;

const payable = z.int().min(100, 'must be at least 100 kopecks: the provider takes no less than 1 rouble');

/** Of a trial that costs something. */
const trialPrice = payable.max(1_000, 'must be at most 1000 kopecks');

/** A channel as Telegram's `getChatMember` takes it: a public one by its name, a private one by its id. */
const channel = z.string().regex(/^(@[A-Za-z]\w{3,31}|-100\d{1,13})$/, 'must be @name, or the id of a private channel');

export const catalogueSchema = z.strictObject({
  locations: z.array(
    z
      .strictObject({
        code,
        name: text,
        flag: z
          .string()
          .max(8)
          .regex(/^\P{Cc}*$/u, 'must be an emoji')
          .default(''),
        active: z.boolean().default(true),
        takeOverAfter: takeOverAfter.nullable().default(null),
      })
      .transform(({ takeOverAfter: takeOverAfterMs, ...location }) => ({ ...location, takeOverAfterMs })),
  ),
  servers: z.array(
    z.strictObject({
      code,
      location: code,
      name,
      panel: z.strictObject({
        adminUrl: panelUrl,
        apiKey: z.uuid('must be the uuid of the panel’s administrator'),
        clientUrl: panelUrl,
      }),
      capacity: z.int().min(0).max(1_000_000).nullable().default(null),
      active: z.boolean().default(true),
    }),
  ),
  plans: z.array(
    z.strictObject({
      code,
      name: text,
      ...planGrant,
      priceKopecks: payable.max(35_000_000, 'must be at most 350 000 roubles, the limit of a card payment'),
      // Telegram takes no more at once.
      priceStars: z.int().min(1).max(100_000).nullable().default(null),
      active: z.boolean().default(true),
    }),
  ),
  /** `null`: the shop gives none. */
  trial: z
    .strictObject({
      ...trialGrant,
      perDay: z.int().min(1).max(1_000_000).default(TRIAL.perDay),
      perReferrerPerDay: z.int().min(1).max(1_000_000).default(TRIAL.perReferrerPerDay),
      keep: z.boolean().default(true),
      priceKopecks: trialPrice.nullable().default(null),
      servers: z.array(code).min(1).nullable().default(null),
      channel: channel.nullable().default(null),
    })
    .refine(({ priceKopecks, keep, channel: gate }) => priceKopecks === null || (keep && gate === null), {
      message: 'of a trial that costs something the rest is kept, and it needs no channel',
      path: ['priceKopecks'],
    })
    .transform(({ servers: serverCodes, ...trial }) => ({ ...trial, serverCodes }))
    .nullable()
    .prefault({}),
});

export type CatalogueFile = z.output<typeof catalogueSchema>;
