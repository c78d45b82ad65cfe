import type { GatewayError } from '../../gateways/errors';
import type { Refused } from '../port';

/** What a refusal of YooKassa's is about. */
export function refusedBy({ status, code, parameter }: GatewayError): Refused {
  return {
    outcome: 'refused',
    why: whyOf(status, parameter),
    said: { status: status ?? null, code: code ?? null, parameter: parameter ?? null },
  };
}

function whyOf(status: number | undefined, parameter: string | undefined): Refused['why'] {
  // YooKassa names the part of the body that it did not accept, such as `receipt.customer.email`.
  if (parameter?.startsWith('receipt.customer') === true) return 'contact';
  return status === 401 || status === 403 ? 'credentials' : 'order';
}
