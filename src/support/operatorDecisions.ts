import { randomUUID } from 'node:crypto';
import type { PaymentWorkflows } from '../clients/paymentWorkflows';
import type { RefundWorkflows } from '../clients/refundWorkflows';
import { isFinal, isOpen, isUnknownReason, type Payment } from '../domain/payment';
import { withTimeLimit } from '../process/timeLimit';
import type { createDecisionsRepository } from '../storage/postgres/decisions';
import type { PaymentsRepository } from '../storage/postgres/payments';
import type { OperatorDecision } from '../workflows/contracts/payment';

export interface OperatorDecisionsDeps {
  readonly payments: PaymentsRepository;
  readonly decisions: ReturnType<typeof createDecisionsRepository>;
  readonly paymentWorkflows: Pick<PaymentWorkflows, 'progress' | 'operatorDecides' | 'ensureRunning'> | undefined;
  readonly refundWorkflows: Pick<RefundWorkflows, 'request' | 'notify' | 'operatorDecides'> | undefined;
}

export interface Decision {
  readonly decision: OperatorDecision;
  /** `operator:<name or Telegram id>`, for the audit log. */
  readonly actor: string;
  /** Of a refund after the delivery: its amount. `null`: all that is left. */
  readonly kopecks?: number | null;
}

/** Why a decision does not apply to a payment. */
export type NotApplicable = 'finished' | 'wrong-state' | 'nothing-wrong' | 'temporal-away';

export type Decided =
  /** `repeated`: the same refund as one asked for before, of which nobody knew whether it had arrived. */
  | { readonly outcome: 'sent'; readonly how: string; readonly repeated?: true }
  /** Temporal gave no answer: the decision may have arrived. Decided again it is the same one. */
  | { readonly outcome: 'unanswered'; readonly because: string }
  | { readonly outcome: 'not-applicable'; readonly why: NotApplicable };

/** A running worker answers in milliseconds; without one nobody should wait long. */
const ANSWER_WITHIN_MS = 3_000;

/** @returns `undefined` also when Temporal does not answer in time: support then sees everything else */
async function unlessLate<T>(work: Promise<T | undefined> | undefined): Promise<T | undefined> {
  if (work === undefined) return undefined;
  return withTimeLimit(ANSWER_WITHIN_MS, 'Temporal', work).catch(() => undefined);
}

/** The outcome of a decision whose refund request has arrived. */
const REFUND_STARTED = 'refund-started';
const DECISIONS: readonly OperatorDecision[] = ['retry', 'deliver', 'refund', 'close'];

/**
 * Which decisions apply to a payment, and how one reaches its workflow. It is written to the audit log before it is
 * sent; the workflow decides whether it may be done.
 */
export function createOperatorDecisions(deps: OperatorDecisionsDeps) {
  const { payments, decisions, paymentWorkflows, refundWorkflows } = deps;

  /** Why `decision` does not apply to the payment now; `undefined` when it does. */
  async function whyNot(payment: Payment, decision: OperatorDecision): Promise<NotApplicable | undefined> {
    const { status } = payment;
    // A refund that the provider refused waits for a decision, whatever the payment's own state is.
    const attempt =
      (await payments.refunds.open(payment.id)) ??
      (status === 'refunding' ? await payments.refunds.newest(payment.id) : undefined);
    const refused = attempt?.status === 'canceled' && attempt.completedAt === null;
    // The provider does not know this payment, so it can only be asked again, or the payment closed.
    if (isOpen(status) && isUnknownReason(payment.reason))
      return decision === 'retry' || decision === 'close' ? undefined : 'nothing-wrong';
    switch (decision) {
      case 'retry':
        return refused || !isFinal(status) ? undefined : 'finished';
      case 'close':
        // While the provider may still make the refund, closing it as "refunded by other means" could refund it twice.
        if (refused) return undefined;
        return isFinal(status) ? 'finished' : 'wrong-state';
      case 'refund':
        if (status === 'issued' || status === 'delayed') return undefined;
        break;
      case 'deliver':
        // Its amount is right and only the panel holds it up: `retry` tries the delivery again.
        if (status === 'delayed') return 'wrong-state';
        break;
    }
    if (isFinal(status)) return 'finished';
    if (!isOpen(status)) return 'wrong-state';
    if (status === 'created') return 'nothing-wrong';
    const progress = await unlessLate(paymentWorkflows?.progress(payment.id));
    return progress?.needsAttention ? undefined : 'nothing-wrong';
  }

  async function send(
    payment: Payment,
    { decision, actor, kopecks = null }: Decision,
    requestId: string,
  ): Promise<string> {
    if (decision === 'refund' && payment.status === 'issued') {
      await refundWorkflows!.request(payment, {
        requestId,
        kopecks,
        askedBy: actor,
        reason: 'operator-refund',
      });
      return REFUND_STARTED;
    }
    if ((decision === 'retry' || decision === 'close') && (await payments.refunds.open(payment.id))) {
      // `notify` starts the workflow if it does not run, so that the decision reaches it.
      await refundWorkflows!.notify(payment);
      return refundWorkflows!.operatorDecides(payment.id, decision, actor);
    }
    const outcome = await paymentWorkflows!.operatorDecides(payment.id, decision, actor);
    if (outcome !== 'not-running') return outcome;
    // The payment is unfinished and its workflow does not run: it is started again, and every step finds what was done
    // before. A decision other than `retry` has to be made again once the workflow asks for it.
    await paymentWorkflows!.ensureRunning(payment);
    return decision === 'retry' ? 'started-again' : 'started-again-decide-again';
  }

  return {
    whyNot,

    /** The decisions that apply to the payment now. */
    async options(payment: Payment): Promise<OperatorDecision[]> {
      const sensible = await Promise.all(
        DECISIONS.map(async (decision) => (await whyNot(payment, decision)) === undefined),
      );
      return DECISIONS.filter((_, index) => sensible[index]);
    },

    async decide(payment: Payment, decision: Decision): Promise<Decided> {
      if (!paymentWorkflows || !refundWorkflows) return { outcome: 'not-applicable', why: 'temporal-away' };
      const why = await whyNot(payment, decision.decision);
      const { decision: action, actor, kopecks } = decision;
      if (why !== undefined) {
        await decisions.refused(actor, action, payment.id, why);
        return { outcome: 'not-applicable', why };
      }
      const isPart = action === 'refund' && kopecks != null;
      const before = isPart ? await decisions.unansweredRequest(payment.id, kopecks, REFUND_STARTED) : undefined;
      // The request of a full refund has the payment's id, so that pressing the button twice makes one refund.
      const requestId = isPart ? (before ?? randomUUID()) : payment.id;
      const entry = await decisions.record(actor, action, payment.id, {
        status: payment.status,
        ...(isPart ? { kopecks, requestId } : {}),
      });
      let how: string;
      try {
        how = await send(payment, decision, requestId);
      } catch (error) {
        await decisions.recordOutcome(entry, 'not known: there was no answer').catch(() => undefined);
        return { outcome: 'unanswered', because: (error as Error).message };
      }
      await decisions.recordOutcome(entry, how);
      return { outcome: 'sent', how, ...(before === undefined ? {} : { repeated: true }) };
    },
  };
}
