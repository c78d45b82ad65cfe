import type { z } from 'zod';
import { contradictions, standInProblems, webhookProblems } from './contradictions';
import { misspeltAs } from './misspelt';
import { VARIABLES } from './variables';

/** A variable that is missing or malformed, with an example of a good value. */
export interface SettingProblem {
  readonly name: string;
  readonly problem: string;
  readonly example: string;
}

/** Thrown when any setting is bad. Its message lists every problem at once and holds no value, only names. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  constructor(readonly problems: readonly SettingProblem[]) {
    super(
      [
        'The configuration has mistakes; nothing was started:',
        ...problems.map((p) => `  ${p.name}: ${p.problem}. Example: ${p.name}=${p.example}`),
      ].join('\n'),
    );
  }
}

type Variables = typeof VARIABLES;

/** The parsed environment. Durations are in milliseconds, addresses have no trailing slash. */
export type Settings = { readonly [Name in keyof Variables]: z.output<Variables[Name]['schema']> };

export type SettingName = keyof Variables;

export const SETTING_NAMES = Object.keys(VARIABLES) as SettingName[];

/** What it takes to reach Temporal (`temporalTarget`). */
export const TEMPORAL_SETTINGS = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_NAME',
  'TEMPORAL_API_KEY',
  'TEMPORAL_PAYLOAD_KEYS',
] as const satisfies readonly SettingName[];

/** What the ways to pay are made of, for whoever needs nothing else of the shop. */
export const PROVIDER_SETTINGS = [
  'YOOKASSA_SHOP_ID',
  'YOOKASSA_SECRET_KEY',
  'YOOKASSA_API_URL',
  'YOOKASSA_RECEIPT_EMAIL',
  'YOOKASSA_RECEIPT_CONTACT',
  'YOOKASSA_VAT_CODE',
] as const satisfies readonly SettingName[];

export type ProviderSettings = Pick<Settings, (typeof PROVIDER_SETTINGS)[number]>;

/**
 * What only the worker and the commands read. The bot faces the internet: it has no key to the money, none to the
 * panels, and nothing that it does not need. `docker-compose.yml`, `npm start` and `ops/gigabridge-bot.service` keep
 * these from it.
 */
export const WORKER_SETTINGS = [
  'YOOKASSA_SHOP_ID',
  'YOOKASSA_SECRET_KEY',
  'YOOKASSA_API_URL',
  'YOOKASSA_VAT_CODE',
  'REVOKED_GIFT_DISCOUNT',
  'CATALOG_FILE',
  'SUBSCRIPTION_GRACE',
  'TELEGRAM_BULK_RATE',
  'PANEL_SYNC_MAX_CHANGES',
  'WEBHOOK_RETENTION',
  'PERSONAL_DATA_RETENTION',
  'NOTIFICATION_RETENTION',
  'PANEL_SAMPLE_RETENTION',
] as const satisfies readonly SettingName[];

/** What only the bot reads: what comes in from Telegram, YooKassa and browsers comes to it. */
export const BOT_SETTINGS = [
  'TELEGRAM_WEBHOOK_SECRET',
  'TRUSTED_PROXIES',
  'BOT_DATABASE_USER',
  'GIFTS',
] as const satisfies readonly SettingName[];

/** What the bot's process reads. */
export type BotSettings = Omit<Settings, (typeof WORKER_SETTINGS)[number]>;

/** What the worker and the commands read. */
export type WorkerSettings = Omit<Settings, (typeof BOT_SETTINGS)[number]>;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses the whole environment, for whoever starts both processes.
 *
 * @param environment usually `process.env`; an empty string counts as absent, as in a compose file's `VAR: ${VAR:-}`
 * @throws SettingsError with every problem at once
 */
export function readSettings(environment: Environment): Settings {
  return readAll<Settings>(SETTING_NAMES, environment, [contradictions, webhookProblems, standInProblems]);
}

/** The same for the bot, which does not look at what only the worker reads. @throws SettingsError */
export function readBotSettings(environment: Environment): BotSettings {
  return readAll<BotSettings>(allBut(WORKER_SETTINGS), environment, [contradictions, webhookProblems]);
}

/** The same for the worker and the doctor, who do not look at what only the bot reads. @throws SettingsError */
export function readWorkerSettings(environment: Environment): WorkerSettings {
  return readAll<WorkerSettings>(allBut(BOT_SETTINGS), environment, [contradictions, standInProblems]);
}

/** @param checks of settings that are valid alone */
function readAll<Read>(
  names: readonly SettingName[],
  environment: Environment,
  checks: readonly ((settings: Read) => SettingProblem[])[],
): Read {
  const { values, problems } = parseAll(names, environment);
  const settings = values as Read;
  if (problems.length === 0) problems.push(...checks.flatMap((check) => check(settings)));
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function allBut(left: readonly SettingName[]): SettingName[] {
  return SETTING_NAMES.filter((name) => !left.includes(name));
}

/** The same for a tool that needs only some of them. @throws SettingsError */
export function readSomeSettings<Name extends SettingName>(
  names: readonly Name[],
  environment: Environment,
): Pick<Settings, Name> {
  const { values, problems } = parseAll(names, environment);
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Pick<Settings, Name>;
}

function parseAll(names: readonly SettingName[], environment: Environment) {
  const values: Record<string, unknown> = {};
  const problems: SettingProblem[] = [];
  const unknown = Object.keys(environment).filter(
    (name) => environment[name]?.trim() && !Object.hasOwn(VARIABLES, name),
  );
  for (const name of names) {
    const { schema, example } = VARIABLES[name];
    const given = environment[name]?.trim();
    const misspelt = given ? undefined : misspeltAs(name, unknown);
    if (misspelt !== undefined) {
      problems.push({ name, problem: `is not set, but ${misspelt} is: correct that name, or set both`, example });
      continue;
    }
    const result = schema.safeParse(given === '' ? undefined : given);
    if (result.success) values[name] = result.data;
    else
      problems.push({
        name,
        problem: given ? (result.error.issues[0]?.message ?? 'is malformed') : 'is missing',
        example,
      });
  }
  return { values, problems };
}
