import type { Answer } from './answers';
import { patchFaults } from './faults';
import type { LateWrites } from './late';
import type { Panel } from './panel';
import { countTraffic, isActive, remainingDays } from './rows';

const GIB = 1024 ** 3;

/** A call the panel received, as `/_sim/calls` shows it. Secret path segments are replaced by their names. */
export interface RecordedCall {
  seq: number;
  at: string;
  method: string;
  path: string;
  status: number | 'reset' | undefined;
}

export interface Control {
  readonly panel: Panel;
  readonly calls: RecordedCall[];
  readonly late: LateWrites;
  readonly origin: string;
  readonly ownerKey: string;
  reset(): void;
}

/** `/_sim/…`: not part of a real panel. */
export async function controlApi(
  control: Control,
  method: string,
  path: string,
  query: URLSearchParams,
  body: string,
): Promise<Answer> {
  try {
    if (method === 'POST' && path === '/_sim/commit-late')
      return { status: 200, body: { committed: await control.late.commit() } };
    return (
      route(control, method, path, query, body === '' ? {} : (JSON.parse(body) as Record<string, unknown>)) ??
      fail(404, `no ${method} ${path}`)
    );
  } catch (error) {
    return fail(400, (error as Error).message);
  }
}

function route(
  control: Control,
  method: string,
  path: string,
  query: URLSearchParams,
  body: Record<string, unknown>,
): Answer | undefined {
  const { panel } = control;
  const ok = (answer: object): Answer => ({ status: 200, body: answer });
  const traffic = /^\/_sim\/users\/([^/]+)\/traffic$/.exec(path);
  if (traffic && method === 'POST') {
    const user = panel.state.users.find((row) => row.uuid === traffic[1]!.toLowerCase() && !row.deleted);
    if (!user) return fail(404, 'no such user');
    if (!Number.isSafeInteger(body['bytes']) || (body['bytes'] as number) < 0)
      return fail(400, 'bytes must be a whole number');
    countTraffic(user, body['bytes'] as number, panel.clock);
    panel.changed();
    return ok(shownUser(control, user.uuid));
  }
  switch (`${method} ${path}`) {
    case 'GET /_sim/health':
      return ok({ ok: true });
    case 'POST /_sim/reset':
      control.reset();
      return ok({ ok: true });
    case 'GET /_sim/faults':
      return ok(panel.faults);
    case 'PUT /_sim/faults':
      patchFaults(panel.faults, body);
      return ok(panel.faults);
    case 'GET /_sim/calls': {
      const since = Number(query.get('since') ?? 0);
      return ok(control.calls.filter((call) => call.seq > since));
    }
    case 'GET /_sim/users':
      return ok(
        panel.state.users
          .filter((user) => !user.deleted)
          .map((user) => shownUser(control, user.uuid))
          .reverse(),
      );
    case 'GET /_sim/panel':
      return ok({
        version: panel.version,
        family: panel.family,
        adminUrl: `${control.origin}/${panel.adminPath}`,
        clientUrl: `${control.origin}/${panel.clientPath}`,
        apiKey: control.ownerKey,
      });
    case 'GET /_sim/clock':
    case 'PUT /_sim/clock':
      if (method === 'PUT') {
        if (!Number.isSafeInteger(body['offsetMs']))
          return fail(400, 'offsetMs must be a whole number of milliseconds');
        panel.clock.offsetMs = body['offsetMs'] as number;
        panel.state.clockOffsetMs = panel.clock.offsetMs;
        panel.changed();
      }
      return ok({ offsetMs: panel.clock.offsetMs, now: panel.clock.now().toISOString(), today: panel.clock.today() });
    default:
      return undefined;
  }
}

/** The newest live row of a uuid with what the panel derives from it, without keys. */
function shownUser(control: Control, uuid: string): object {
  const { panel } = control;
  const user = panel.state.users.find((row) => row.uuid === uuid && !row.deleted)!;
  const today = panel.clock.today();
  return {
    uuid: user.uuid,
    name: user.name,
    enable: user.enable,
    is_active: isActive(user, today),
    remaining_days: remainingDays(user, today),
    start_date: user.startDate,
    package_days: user.packageDays,
    usage_limit_GB: user.usageLimitBytes / GIB,
    current_usage_GB: user.usageBytes / GIB,
    comment: user.comment,
    telegram_id: user.telegramId,
    last_online: user.lastOnline,
    applied: user.appliedAtMs <= panel.clock.now().getTime(),
    subscription_url: `${control.origin}/${panel.clientPath}/${user.uuid}/#${encodeURIComponent(user.name)}`,
  };
}

function fail(status: number, error: string): Answer {
  return { status, body: { error } };
}
