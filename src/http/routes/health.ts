import { MINUTE_MS } from '../../domain/duration';
import { withTimeLimit } from '../../process/timeLimit';
import type { HttpRoutes } from '../server';

/** One thing the process needs. */
export interface HealthPart {
  readonly name: string;
  /** Without an essential part the process should get no traffic; without another one it works with restrictions. */
  readonly essential: boolean;
  /** Resolves when it answers; rejects or takes too long when it does not. */
  check(): Promise<unknown>;
}

export interface Readiness {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly parts: Readonly<Record<string, 'ok' | 'degraded'>>;
}

export interface HealthOptions {
  readonly parts: readonly HealthPart[];
  readonly isStopping?: () => boolean;
  readonly keepMs?: number;
  readonly awayMs?: number;
}

const CHECK_TIMEOUT_MS = 2_000;
/** In ms. The parts are asked at most this often, however many probes come. */
const KEEP_MS = 500;
/** In ms. A database that is restarted is no reason to call the process unhealthy. */
const AWAY_MS = MINUTE_MS;

/**
 * `GET /healthz`: whether the process can do its work: 503 when an essential part has been away for longer than a
 * restart of it takes, so that nobody is told "healthy" for ever. `GET /readyz`: the state of each part; 503 when an
 * essential one is away or the process is stopping. With only other parts away it is 200, because taking the process
 * out of service would not help.
 * @param options.keepMs how long an answer serves for later probes. Default 500 ms
 * @param options.awayMs how long an essential part may be away before `/healthz` says so. Default 60 s
 */
export function healthRoutes({
  parts,
  isStopping = () => false,
  keepMs = KEEP_MS,
  awayMs = AWAY_MS,
}: HealthOptions): HttpRoutes {
  let downSince: number | undefined;
  let kept: { at: number; readiness: Promise<Readiness> } | undefined;
  const noted = (readiness: Readiness): Readiness => {
    downSince = readiness.status === 'down' ? (downSince ?? performance.now()) : undefined;
    return readiness;
  };
  const current = (): Promise<Readiness> => {
    const now = performance.now();
    if (!kept || now - kept.at > keepMs) kept = { at: now, readiness: readinessOf(parts).then(noted) };
    return kept.readiness;
  };
  return (app) => {
    app.get('/healthz', async (_request, reply) => {
      const { status, parts: states } = await current();
      const awayForMs = downSince === undefined ? 0 : performance.now() - downSince;
      if (status !== 'down' || awayForMs < awayMs) return { status: 'ok' };
      return reply.code(503).send({ status: 'down', parts: states, awayForSeconds: Math.round(awayForMs / 1_000) });
    });
    app.get('/readyz', async (_request, reply) => {
      if (isStopping()) return reply.code(503).send({ status: 'down', reason: 'stopping' });
      const readiness = await current();
      return reply.code(readiness.status === 'down' ? 503 : 200).send(readiness);
    });
  };
}

async function readinessOf(parts: readonly HealthPart[]): Promise<Readiness> {
  const answers = await Promise.all(parts.map(async (part) => ({ ...part, ok: await respondsInTime(part) })));
  const down = answers.some(({ ok, essential }) => !ok && essential);
  const degraded = answers.some(({ ok }) => !ok);
  return {
    status: statusOf(down, degraded),
    parts: Object.fromEntries(answers.map(({ name, ok }) => [name, ok ? 'ok' : 'degraded'])),
  };
}

function statusOf(down: boolean, degraded: boolean): Readiness['status'] {
  if (down) return 'down';
  return degraded ? 'degraded' : 'ok';
}

async function respondsInTime(part: HealthPart): Promise<boolean> {
  try {
    await withTimeLimit(CHECK_TIMEOUT_MS, part.name, Promise.resolve(part.check()));
    return true;
  } catch {
    return false;
  }
}
