/**
 * What an invoice carries of ours, where the provider takes one text: which installation has made it, and for which
 * order. Other programs may sell through the same account, and payers can't see it.
 */
import type { Claim } from './port';

const PREFIX = 'gigabridge';

export function tokenOf({ orderId, installationId }: { orderId: string; installationId: string }): string {
  return `${PREFIX}:${installationId}:${orderId}`;
}

/** What it claims; nothing for an invoice of somebody else. */
export function claimOf(token: string | undefined): Claim {
  const [prefix, installationId, orderId, ...rest] = (token ?? '').split(':');
  if (prefix !== PREFIX || !installationId || !orderId || rest.length > 0)
    return { orderId: null, installationId: null };
  return { orderId, installationId };
}
