import { addAccessRevocation } from './accessRevocations';
import { PANEL_ADMIN } from './catalogue';
import type { Queryable } from './pool';

/**
 * Writes down that a subscription whose account was not delivered is made on another server. An attempt may have made
 * the account on the old one, so that gets a row of `access_revocations`.
 * @param paymentId what bought it; `null`: it was given
 */
export async function moveUndelivered(
  client: Queryable,
  subscriptionId: string,
  serverCode: string,
  paymentId: string | null,
): Promise<void> {
  await addAccessRevocation(client, subscriptionId, paymentId);
  await client.query(
    `UPDATE subscriptions SET server_code = $2, updated_at = now(),
       panel_admin = (SELECT ${PANEL_ADMIN} FROM servers WHERE code = $2) WHERE id = $1`,
    [subscriptionId, serverCode],
  );
}
