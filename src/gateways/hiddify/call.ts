import { httpCall, type HttpCall } from '../http';
import { readAnswer } from './answers';
import type { HiddifyPanelOptions } from './panel';

/** @returns the JSON of the answer @throws GatewayError for any other answer, or none */
export type PanelCall = (
  operation: string,
  method: HttpCall['method'],
  /** Below `api/v2/`. */
  path: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  json?: unknown,
) => Promise<unknown>;

/** Calls to the admin API of one panel, under its key. */
export function createPanelCall({
  adminUrl,
  apiKey,
  observe,
}: Pick<HiddifyPanelOptions, 'adminUrl' | 'apiKey' | 'observe'>): PanelCall {
  const base = adminUrl.replace(/\/+$/, '');
  return async (operation, method, path, timeoutMs, signal, json) => {
    const headers = { 'Hiddify-API-Key': apiKey };
    const url = `${base}/api/v2/${path}`;
    const answer = await httpCall(
      {
        service: 'hiddify',
        operation,
        method,
        url,
        headers,
        timeoutMs,
        signal,
        ...(json === undefined ? {} : { json }),
      },
      observe,
    );
    return readAnswer(operation, answer);
  };
}
