import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallLog } from '../calls';
import { answerApi, refusal, type Answer } from './api';
import type { App } from './app';
import { Params } from './params';

export type ServeApi = (request: IncomingMessage, response: ServerResponse, target: URL, raw: string) => Promise<void>;

/**
 * The API behind the faults in force: what can go wrong before the operation, the operation, what can go wrong after
 * it.
 */
export function createApi(app: App, calls: CallLog, closing: AbortSignal): ServeApi {
  const { clock, faults } = app;
  const wait = (ms: number) => sleep(ms, undefined, { signal: closing });

  return async function serveApi(request, response, target, raw) {
    const method = request.method ?? 'GET';
    const name = target.pathname.replace(/^\/api\//, '').replace(/\/$/, '');
    const call = calls.open({ at: new Date(clock.now()).toISOString(), method, path: name });
    const hit = { method, path: name };
    const send = ({ status, json }: Answer) => {
      if (!response.destroyed) call.status = status;
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
    };
    const sendPage = (status: number) => {
      if (!response.destroyed) call.status = status;
      response.writeHead(status, { 'Content-Type': 'text/html' }).end('<html><body>Server error</body></html>');
    };

    if (faults.on.latencyMs) await wait(faults.on.latencyMs);
    if (faults.strike('tooManyRequests', hit)) return send(refusal(app, 429, 'TOO_MANY_REQUESTS'));
    if (faults.strike('reset', hit, (fault) => !fault.afterCommit)) return void request.socket.destroy();
    const errorBefore = faults.strike('serverError', hit, (fault) => fault.when === 'before');
    if (errorBefore) return sendPage(errorBefore.status);
    // The operation is still carried out after the hang, when the caller has stopped waiting long ago.
    const hangBefore = faults.strike('hang', hit, (fault) => !fault.afterCommit);
    if (hangBefore) await wait(hangBefore.ms);

    const params = readParams(target, request.headers['content-type'] ?? '', raw);
    if (params === undefined) return send(refusal(app, 400, 'BODY_INVALID'));
    const answer = answerApi(app, name, request.headers['crypto-pay-api-token'] as string | undefined, params);
    call.committed = answer.status === 200;
    if (!call.committed) return send(answer);

    const errorAfter = faults.strike('serverError', hit, (fault) => fault.when === 'after');
    if (errorAfter) return sendPage(errorAfter.status);
    if (faults.strike('reset', hit, (fault) => fault.afterCommit)) return void request.socket.destroy();
    const hangAfter = faults.strike('hang', hit, (fault) => fault.afterCommit);
    if (hangAfter) await wait(hangAfter.ms);
    send(answer);
  };
}

/** Query string, JSON or urlencoded body (Crypto Pay docs, making requests); undefined when the body can't be read. */
function readParams(target: URL, contentType: string, raw: string): Params | undefined {
  const values: Record<string, unknown> = Object.fromEntries(target.searchParams);
  if (raw === '') return new Params(values);
  if (/^application\/x-www-form-urlencoded/i.test(contentType))
    return new Params({ ...values, ...Object.fromEntries(new URLSearchParams(raw)) });
  try {
    const body: unknown = JSON.parse(raw);
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return new Params({ ...values, ...body });
  } catch {
    // Falls through to the refusal.
  }
  return undefined;
}
