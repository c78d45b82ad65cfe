import { createHash } from 'node:crypto';
import { ApiError, invalid } from './errors';
import type { Shop } from './shop';
import type { IdempotenceRecord } from './store';

const KEPT_MS = 24 * 3_600_000;
/** As the published spec writes it; inside the class `+-_` is a range, which lets `:` and `/` through too. */
const KEY_PATTERN = /^[0-9a-zA-Z+-_.]{1,64}$/;

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

export interface Made {
  readonly kind: 'payment' | 'refund' | 'receipt';
  readonly objectId: string;
}

/** Keys sorted at every level, so that the same data in another order is the same request. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function readKey(header: string | undefined): string {
  if (header === undefined || header === '') throw invalid('Idempotence key is empty', 'Idempotence-Key');
  if (header.length > 64)
    throw invalid(
      'Idempotence key is too long. Send the value in accordance with the documentation',
      'Idempotence-Key',
    );
  if (!KEY_PATTERN.test(header)) throw invalid('Idempotence key is illegal', 'Idempotence-Key');
  return header;
}

/**
 * Carries a POST out once per key: within 24 h the same key and data give the object again, in its present status,
 * other data under the same key are refused. Only successes are remembered, unless `storeClientErrors` is on.
 */
export function once(
  shop: Shop,
  request: { key: string | undefined; path: string; body: unknown; raw: string },
  run: () => Made,
  show: (made: Made) => Answer,
): Answer {
  const key = readKey(request.key);
  const { idempotence } = shop.store;
  const now = shop.clock.now();
  forgetOld(idempotence, now);
  const hash = createHash('sha256')
    .update(`POST ${request.path}\n${shop.faults.on.rawIdempotenceHash ? request.raw : canonical(request.body)}`)
    .digest('base64');
  const known = idempotence.get(key);
  if (known) {
    if (known.hash !== hash) throw invalid('Idempotence key duplicated', 'Idempotence-Key');
    return known.kind === 'error' || shop.faults.on.frozenReplay
      ? known.frozen
      : show({ kind: known.kind, objectId: known.objectId });
  }
  const remember = (kind: IdempotenceRecord['kind'], objectId: string, frozen: Answer): Answer => {
    idempotence.set(key, { hash, at: now, kind, objectId, frozen });
    shop.store.touch();
    return frozen;
  };
  try {
    const made = run();
    return remember(made.kind, made.objectId, show(made));
  } catch (error) {
    if (error instanceof ApiError && shop.faults.on.storeClientErrors) return remember('error', '', errorAnswer(error));
    throw error;
  }
}

function forgetOld(records: Map<string, IdempotenceRecord>, now: number): void {
  for (const [key, record] of records) {
    if (now - record.at < KEPT_MS) return;
    records.delete(key);
  }
}

/** The error object of the service; each has an id of its own to quote to support. */
export function errorAnswer(error: ApiError): Answer {
  return {
    status: error.status,
    json: {
      type: 'error',
      id: crypto.randomUUID(),
      code: error.code,
      description: error.description,
      ...(error.parameter !== undefined && { parameter: error.parameter }),
      ...(error.retryAfterMs !== undefined && { retry_after: error.retryAfterMs }),
    },
  };
}
