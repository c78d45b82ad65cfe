import { DAY_MS } from '../../../domain/duration';
import type { PoolClient } from 'pg';
import type { PaymentStatus } from '../../../domain/payment';

/** A payment as a transaction that decides about money sees it: nobody else decides until that ends. */
export interface LockedPayment {
  readonly id: string;
  readonly user_id: number;
  readonly status: PaymentStatus;
  readonly plan_code: string;
  readonly days: number;
  readonly traffic_gb: number | null;
  readonly price_kopecks: number;
  readonly location_code: string;
  readonly server_code: string;
  readonly renews_subscription_id: string | null;
  readonly subscription_id: string | null;
  readonly yookassa_id: string | null;
  readonly created_at: Date;
  readonly dismissed_at: Date | null;
  readonly paid_at: Date | null;
  readonly refunded_kopecks: number;
  readonly revoked_ms: number;
  readonly revoked_gb: number;
}

/** @throws Error when there is no such payment */
export async function lockPayment(client: PoolClient, paymentId: string): Promise<LockedPayment> {
  const { rows } = await client.query<LockedPayment>('SELECT * FROM payments WHERE id = $1 FOR UPDATE', [paymentId]);
  if (!rows[0]) throw new Error(`payment ${paymentId} does not exist`);
  return rows[0];
}

/** The time this payment still gives, after what part refunds have revoked. */
export function keptMs({ days, revoked_ms }: Pick<LockedPayment, 'days' | 'revoked_ms'>): number {
  return Math.max(0, days * DAY_MS - revoked_ms);
}

/** The same for traffic; 0 for an unlimited plan. */
export function keptGb({ traffic_gb, revoked_gb }: Pick<LockedPayment, 'traffic_gb' | 'revoked_gb'>): number {
  return Math.max(0, (traffic_gb ?? 0) - revoked_gb);
}
