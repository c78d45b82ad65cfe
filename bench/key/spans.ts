/**
 * Where the time of a purchase goes, from the money to the key, read from Temporal's history and the shop's own record.
 */
import type { Pool } from 'pg';
import { paymentWorkflowId } from '../../src/workflows/contracts/payment';
import type { TemporalClient } from '../../src/clients/temporal';
import { median } from '../lib/numbers';

/** What happens on the way, in order. Each instant is epoch ms. */
const STEPS = [
  'the webhook is stored',
  'the signal is in the history',
  'YooKassa is asked, the money recorded',
  'the key is made',
  'the key is in the chat',
] as const;

const millis = (time: { seconds?: unknown; nanos?: number | null } | null | undefined): number =>
  Number(time?.seconds ?? Number.NaN) * 1000 + (time?.nanos ?? 0) / 1e6;

export interface Purchase {
  readonly paymentId: string;
  readonly paidAt: number;
  readonly keyAt: number;
}

async function instants({ paymentId, keyAt }: Purchase, temporalClient: TemporalClient, pool: Pool): Promise<number[]> {
  const history = await temporalClient.client.workflow.getHandle(paymentWorkflowId(paymentId)).fetchHistory();
  const { rows } = await pool.query<{ received_at: Date }>(
    'SELECT received_at FROM webhook_events WHERE payment_id = $1 ORDER BY id LIMIT 1',
    [paymentId],
  );
  const signal = millis(history.events?.find((event) => event.workflowExecutionSignaledEventAttributes)?.eventTime);
  const { rows: told } = await pool.query<{ event: string; at: Date }>(
    `SELECT event, at FROM payment_events WHERE payment_id = $1 AND event IN ('paid', 'delivered')`,
    [paymentId],
  );
  const toldAt = (event: string): number => told.find((line) => line.event === event)?.at.getTime() ?? Number.NaN;
  return [rows[0]?.received_at.getTime() ?? Number.NaN, signal, toldAt('paid'), toldAt('delivered'), keyAt];
}

/** Median milliseconds of each step, over a sample of purchases. */
export async function stepsOf(
  purchases: readonly Purchase[],
  temporalClient: TemporalClient,
  pool: Pool,
): Promise<{ step: string; ms: number }[]> {
  const every = Math.max(1, Math.floor(purchases.length / 40));
  const sample = purchases.filter((_, index) => index % every === 0);
  const lists: number[][] = STEPS.map(() => []);
  for (const purchase of sample) {
    let before = purchase.paidAt;
    for (const [index, at] of (await instants(purchase, temporalClient, pool)).entries()) {
      // A poll of the watch may have seen the money before the webhook did; then a step is not there.
      if (!Number.isFinite(at)) continue;
      lists[index]!.push(at - before);
      before = at;
    }
  }
  return STEPS.map((step, index) => ({ step, ms: median(lists[index]!) }));
}
