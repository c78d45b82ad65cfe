import { GatewayError } from '../errors';

/** @throws GatewayError when it is not there: the message may have arrived, but nobody knows which it is */
export function messageIdOf(operation: string, sent: unknown): number {
  const id = (sent as { message_id?: unknown } | null)?.message_id;
  if (typeof id === 'number') return id;
  const message = `telegram ${operation}: unreadable answer (message_id)`;
  throw new GatewayError(message, { service: 'telegram', kind: 'unknown-outcome', operation, status: 200 });
}
