import { runCommand } from './runCommand';
import { createScheduleAdmin, UnknownScheduleError, type ScheduleAdmin, type ScheduleLine } from '../clients/schedules';
import { connectTemporal, temporalTarget } from '../clients/temporal';
import { UnusableTemporalError } from '../clients/temporalFailure';
import { readSomeSettings, SettingsError, TEMPORAL_SETTINGS } from '../config/settings';
import { SCHEDULE_IDS } from '../jobs';

const USAGE = `Usage: npm run schedules -- list
       npm run schedules -- trigger ID
       npm run schedules -- pause ID --note "why"
       npm run schedules -- unpause ID [--note "why"]
       npm run schedules -- backfill ID --from 2026-01-31T00:00:00Z --to 2026-02-01T00:00:00Z`;

/** Longer than elsewhere: an operator would rather wait for the answer than type the command again. */
const CONNECT_TIMEOUT_MS = 20_000;

class UsageError extends Error {}

class TemporalAwayError extends Error {
  constructor(address: string) {
    super(
      `Temporal does not answer at ${address}. If the shop of this folder is not running: \`npm start\`. Otherwise correct TEMPORAL_ADDRESS.`,
    );
  }
}

/** Exit codes: 0 done, 1 something failed, 2 wrong arguments. */
async function main([command, ...rest]: readonly string[]): Promise<number> {
  const { id, flags } = readArguments(rest);
  const work = workOf(command, id, flags);
  const settings = readSomeSettings([...TEMPORAL_SETTINGS], process.env);
  const { client, close } = await connectTemporal({
    ...temporalTarget(settings),
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  }).catch((error: unknown) => {
    throw error instanceof UnusableTemporalError ? error : new TemporalAwayError(settings.TEMPORAL_ADDRESS);
  });
  try {
    console.log(await work(createScheduleAdmin(client, SCHEDULE_IDS)));
    return 0;
  } finally {
    await close();
  }
}

type Work = (admin: ScheduleAdmin) => Promise<string>;

function workOf(command: string | undefined, id: string | undefined, flags: ReadonlyMap<string, string>): Work {
  switch (command) {
    case 'list':
      return async (admin) => table(await admin.list());
    case 'trigger': {
      const schedule = required(id, 'an ID');
      return async (admin) => {
        await admin.trigger(schedule);
        return `${schedule} runs now, unless it was running already.`;
      };
    }
    case 'pause': {
      const schedule = required(id, 'an ID');
      const note = required(flags.get('note'), '--note, so that the next person knows why');
      return async (admin) => {
        await admin.pause(schedule, note);
        return `${schedule} is paused until somebody unpauses it; restarting workers leaves it paused.`;
      };
    }
    case 'unpause': {
      const schedule = required(id, 'an ID');
      return async (admin) => {
        await admin.unpause(schedule, flags.get('note') ?? 'unpaused by npm run schedules');
        return `${schedule} runs again.`;
      };
    }
    case 'backfill': {
      const schedule = required(id, 'an ID');
      const from = instant(flags.get('from'), '--from');
      const to = instant(flags.get('to'), '--to');
      if (to <= from) throw new UsageError('--to must be after --from');
      return async (admin) => {
        await admin.backfill(schedule, from, to);
        const span = `from ${from.toISOString()} to ${to.toISOString()}`;
        return `The runs of ${schedule} that were due ${span} are made one after another.`;
      };
    }
    default:
      throw new UsageError(command === undefined ? 'what shall be done?' : `"${command}" is not a command`);
  }
}

function readArguments(args: readonly string[]): { id: string | undefined; flags: ReadonlyMap<string, string> } {
  const flags = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const [name, inline] = args[i]!.split(/=(.*)/s);
    if (!name!.startsWith('--')) words.push(args[i]!);
    else flags.set(name!.slice(2), inline ?? args[(i += 1)] ?? '');
  }
  return { id: words[0], flags };
}

function required(value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw new UsageError(`${what} is missing`);
  return value;
}

function instant(text: string | undefined, flag: string): Date {
  const at = new Date(required(text, flag));
  if (Number.isNaN(at.getTime())) throw new UsageError(`${flag} must be a moment such as 2026-01-31T00:00:00Z`);
  return at;
}

function table(lines: readonly ScheduleLine[]): string {
  const at = (moment: Date | undefined) => moment?.toISOString().slice(0, 16).replace('T', ' ') ?? '-';
  const rows = [
    ['SCHEDULE', 'STATUS', 'LAST RUN (UTC)', 'NEXT RUN (UTC)', 'MISSED', 'SKIPPED', 'NOTE'],
    ...lines.map((one) => [
      one.id,
      one.status,
      at(one.lastRun),
      at(one.nextRun),
      String(one.missed),
      String(one.skipped),
      one.note,
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

runCommand(
  (words) =>
    main(words).catch((error: unknown) => {
      if (!(error instanceof UsageError)) throw error;
      console.error(`${error.message}\n${USAGE}`);
      return 2;
    }),
  { expected: [SettingsError, TemporalAwayError, UnknownScheduleError, UnusableTemporalError] },
);
