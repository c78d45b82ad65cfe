/** The payload of a signal, update or query is checked by the compiler, at the client and in the workflow alike. */
import { setHandler } from '@temporalio/workflow';
import { describe, expect, it } from '@jest/globals';
import type { PaymentWorkflows } from '../../src/clients/paymentWorkflows';
import { decideDelay, operatorDecides, paymentNotified, paymentProgress } from '../../src/workflows/contracts/payment';

/** Never called: that it compiles as it stands is the test (`npm run typecheck`). */
export function wrongPayloadsDoNotCompile(workflows: PaymentWorkflows): void {
  // @ts-expect-error no such decision
  void workflows.operatorDecides('id', 'later', 'cli');
  // @ts-expect-error no such decision
  void workflows.decideDelay('id', 'money');
  // @ts-expect-error the decision is missing
  void workflows.decideDelay('id');
  // @ts-expect-error it has no payload
  void workflows.notified('id', 'paid');

  // @ts-expect-error the payload is an order, not a word
  setHandler(operatorDecides, (decision: string) => void decision);
  // @ts-expect-error an answer has an outcome
  setHandler(decideDelay, async () => ({ status: 'issued' }));
  // @ts-expect-error no such status
  setHandler(paymentProgress, () => ({ status: 'lost', needsAttention: false, note: '' }));
}

describe('the messages of a payment', () => {
  it('have the names that operators see in a history', () => {
    expect([paymentNotified, operatorDecides, decideDelay, paymentProgress].map(({ name }) => name)).toEqual([
      'paymentNotified',
      'operatorDecides',
      'decideDelay',
      'paymentProgress',
    ]);
  });
});
