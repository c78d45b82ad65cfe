import type { Pool } from 'pg';
import type { Payment } from '../../../domain/payment';
import type { ProviderId } from '../../../domain/provider';
import { prepared, queryRow, queryRows, type PreparedStatement } from '../query';
import { paymentView, SELECT_PAYMENT } from './rows';

const BY_ID = prepared(`${SELECT_PAYMENT} WHERE p.id = $1`);
const BY_PROVIDER_REF = prepared(`${SELECT_PAYMENT} WHERE p.provider = $1 AND p.provider_ref = $2`);

/** Payments with the names people know, by what is known of them. */
export function findPayments(pool: Pool) {
  const one = (statement: string | PreparedStatement, values: unknown[]): Promise<Payment | undefined> =>
    queryRow(pool, paymentView, statement, values);

  return {
    byId: (id: string) => one(BY_ID, [id]),
    /** One that somebody's work is about. @throws Error when there is none: that work can't be done */
    async existing(id: string): Promise<Payment> {
      const payment = await one(BY_ID, [id]);
      if (!payment) throw new Error(`payment ${id} does not exist`);
      return payment;
    },
    byProviderRef: (provider: ProviderId, providerRef: string) => one(BY_PROVIDER_REF, [provider, providerRef]),
    /** For people who have the id only: two providers may have given the same, and then it is the newest. */
    byAnyProviderRef: (providerRef: string) =>
      one(`${SELECT_PAYMENT} WHERE p.provider_ref = $1 ORDER BY p.created_at DESC LIMIT 1`, [providerRef]),
    /** The newest payment that a subscription came from or was prolonged by. */
    ofSubscription: (subscriptionId: string) =>
      one(`${SELECT_PAYMENT} WHERE p.subscription_id = $1 ORDER BY p.created_at DESC LIMIT 1`, [subscriptionId]),

    /**
     * The payments whose id begins with this order number, newest first.
     * @param number 8 hexadecimal digits in lower case
     */
    byOrderNumber: (number: string): Promise<Payment[]> =>
      queryRows(
        pool,
        paymentView,
        `${SELECT_PAYMENT} WHERE p.id BETWEEN $1 AND $2 ORDER BY p.created_at DESC LIMIT 20`,
        [`${number}-0000-0000-0000-000000000000`, `${number}-ffff-ffff-ffff-ffffffffffff`],
      ),

    /** A buyer's payments, newest first. */
    ofUser: (userId: number, limit: number): Promise<Payment[]> =>
      queryRows(pool, paymentView, `${SELECT_PAYMENT} WHERE p.user_id = $1 ORDER BY p.created_at DESC LIMIT $2`, [
        userId,
        limit,
      ]),
  };
}
