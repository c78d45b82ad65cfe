import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallLog } from '../calls';
import { answerApi } from './api';
import { ApiError } from './errors';
import { errorAnswer, type Answer } from './idempotence';
import type { Shop } from './shop';

export type ServeApi = (request: IncomingMessage, response: ServerResponse, target: URL, raw: string) => Promise<void>;

/**
 * The API behind the faults in force: what can go wrong before the operation, the operation, what can go wrong after
 * it.
 */
export function createApi(shop: Shop, calls: CallLog, closing: AbortSignal): ServeApi {
  const { clock, faults } = shop;
  const wait = (ms: number) => sleep(ms, undefined, { signal: closing });

  return async function serveApi(request, response, target, raw) {
    const method = request.method ?? 'GET';
    const path = target.pathname.replace(/^\/v3(?=\/|$)/, '');
    const idempotenceKey = request.headers['idempotence-key'] as string | undefined;
    const call = calls.open({
      at: new Date(clock.now()).toISOString(),
      method,
      path: path + target.search,
      ...(idempotenceKey && { idempotenceKey }),
    });
    const hit = { method, path };
    const send = ({ status, json }: Answer, headers: Record<string, string> = {}) => {
      if (!response.destroyed) call.status = status;
      if (faults.on.otherWords && status >= 400 && typeof json === 'object' && json !== null)
        Object.assign(json, { description: 'See the documentation for what this means' });
      response.writeHead(status, {
        // The simulated clock, which may differ from the caller's.
        Date: new Date(clock.now()).toUTCString(),
        'Content-Type': json === undefined ? 'text/html' : 'application/json;charset=UTF-8',
        ...headers,
      });
      response.end(json === undefined ? '<html><body>Error</body></html>' : JSON.stringify(json));
    };

    if (!target.pathname.startsWith('/v3/')) return send({ status: 404, json: undefined });
    if (faults.on.latencyMs) await wait(faults.on.latencyMs);
    const limited = faults.strike('tooManyRequests', hit);
    if (limited?.as === 'header')
      return send(refused(429), { 'Retry-After': String(Math.ceil(limited.retryAfterMs / 1000)) });
    if (limited) return send(refused(429, limited.retryAfterMs));
    if (faults.strike('reset', hit, (fault) => !fault.afterCommit)) return void request.socket.destroy();
    if (faults.strike('error500', hit, (fault) => fault.when === 'before')) return send(refused(500));
    // The operation is still carried out after the hang, when the caller has stopped waiting long ago.
    const hangBefore = faults.strike('hang', hit, (fault) => !fault.afterCommit);
    if (hangBefore) await wait(hangBefore.ms);

    const answer = answerApi(shop, {
      method,
      path,
      query: target.searchParams,
      authorization: request.headers.authorization,
      contentType: request.headers['content-type'],
      idempotenceKey,
      raw,
    });
    call.committed = answer.status === 200;
    if (!call.committed) return send(answer);

    const processing = method === 'POST' ? faults.strike('processing202', hit) : undefined;
    if (processing) {
      const json = {
        type: 'processing',
        description: 'Request accepted, but not processed yet',
        retry_after: processing.retryAfterMs,
      };
      return send({ status: 202, json });
    }
    if (faults.strike('error500', hit, (fault) => fault.when === 'after')) return send(refused(500));
    if (faults.strike('reset', hit, (fault) => fault.afterCommit)) return void request.socket.destroy();
    const hangAfter = faults.strike('hang', hit, (fault) => fault.afterCommit);
    if (hangAfter) await wait(hangAfter.ms);
    send(answer);
  };
}

function refused(status: 429 | 500, retryAfterMs?: number): Answer {
  return errorAnswer(
    status === 429
      ? new ApiError(429, 'too_many_requests', 'Too many requests', undefined, retryAfterMs)
      : new ApiError(500, 'internal_server_error', 'Internal server error'),
  );
}
