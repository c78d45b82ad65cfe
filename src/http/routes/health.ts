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
}

const CHECK_TIMEOUT_MS = 2_000;
/** In ms. The parts are asked at most this often, however many probes come. */
const KEEP_MS = 500;

/**
 * `GET /healthz`: the process runs. `GET /readyz`: the state of each part; 503 when an essential one is away or the
 * process is stopping. With only other parts away it is 200, because taking the process out of service would not help.
 * @param options.keepMs how long an answer serves for later probes. Default 500 ms
 */
export function healthRoutes({ parts, isStopping = () => false, keepMs = KEEP_MS }: HealthOptions): HttpRoutes {
  let kept: { at: number; readiness: Promise<Readiness> } | undefined;
  const current = (): Promise<Readiness> => {
    const now = performance.now();
    if (!kept || now - kept.at > keepMs) kept = { at: now, readiness: readinessOf(parts) };
    return kept.readiness;
  };
  return (app) => {
    app.get('/healthz', async () => ({ status: 'ok' }));
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
