import { isGatewayError, type GatewayError } from '../../gateways/errors';
import type { Refused } from '../port';

/** Key not accepted, address or method not allowed, app suspended (Crypto Pay docs; aiosend for 423). */
const OF_THE_APP = [401, 403, 423];

/** What a refusal of Crypto Pay's is about. Names of errors are in no official list, so only their class counts. */
export function refusedBy({ status, code, parameter }: GatewayError): Refused {
  return {
    outcome: 'refused',
    why: status !== undefined && OF_THE_APP.includes(status) ? 'credentials' : 'order',
    said: { status: status ?? null, code: code ?? null, parameter: parameter ?? null },
  };
}

/** A refusal as an answer. @throws whatever else it was */
export async function orRefused<T>(work: Promise<T>): Promise<T | Refused> {
  try {
    return await work;
  } catch (error) {
    if (isGatewayError(error) && error.kind === 'refused') return refusedBy(error);
    throw error;
  }
}
