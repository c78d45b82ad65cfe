import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { PaymentWorkflows } from '../clients/paymentWorkflows';
import type { RefundWorkflows } from '../clients/refundWorkflows';
import type { Language } from '../domain/language';
import { isFinal, isOpen, type Payment } from '../domain/payment';
import { withTimeLimit } from '../process/timeLimit';
import { createPaymentsRepository } from '../storage/postgres/payments';
import { createDecisionsRepository } from '../storage/postgres/decisions';
import { createReconciliationRepository } from '../storage/postgres/reconciliation';
import { createTimelineRepository } from '../storage/postgres/timeline';
import type { OperatorDecision } from '../workflows/contracts/payment';
import { readReference } from './reference';
import { renderTimeline } from './timeline/render';
import { buildTimeline } from './timeline/timeline';
import type { TimelineWords } from './timeline/words';
import { en } from './timeline/words.en';
import { ru } from './timeline/words.ru';
import { createWorkflowInspector } from './timeline/workflow';

export interface SupportServiceDeps {
  readonly pool: Pool;
  /** `undefined` when Temporal does not answer: timelines are shown without workflows, and nothing can be decided. */
  readonly temporal: Client | undefined;
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
  | { readonly outcome: 'sent'; readonly how: string }
  | { readonly outcome: 'not-applicable'; readonly why: NotApplicable };

export type SupportService = ReturnType<typeof createSupportService>;

/** A running worker answers in milliseconds; without one nobody should wait long. */
const ANSWER_WITHIN_MS = 3_000;

/** @returns `undefined` also when Temporal does not answer in time: support then sees everything else */
async function unlessLate<T>(work: Promise<T | undefined> | undefined): Promise<T | undefined> {
  if (work === undefined) return undefined;
  return withTimeLimit(ANSWER_WITHIN_MS, 'Temporal', work).catch(() => undefined);
}

const TIMELINE_WORDS: Readonly<Record<Language, TimelineWords>> = { ru, en };
const DECISIONS: readonly OperatorDecision[] = ['retry', 'deliver', 'refund', 'close'];

/**
 * What support and operators do with a payment, in the terminal and in the chat: find it, read its timeline, decide. A
 * decision is written to the audit log before it is sent; the workflow decides whether it may be done.
 */
export function createSupportService({ pool, temporal, paymentWorkflows, refundWorkflows }: SupportServiceDeps) {
  const payments = createPaymentsRepository(pool);
  const timeline = createTimelineRepository(pool);
  const decisions = createDecisionsRepository(pool);
  const reconciliation = createReconciliationRepository(pool);

  /** Why `decision` does not apply to the payment now; `undefined` when it does. */
  async function whyNot(payment: Payment, decision: OperatorDecision): Promise<NotApplicable | undefined> {
    const { status } = payment;
    // A refund that YooKassa refused waits for a decision, whatever the payment's own state is.
    const attempt =
      (await payments.refunds.open(payment.id)) ??
      (status === 'refunding' ? await payments.refunds.newest(payment.id) : undefined);
    const refused = attempt?.status === 'canceled';
    switch (decision) {
      case 'retry':
        return refused || !isFinal(status) ? undefined : 'finished';
      case 'close':
        // While YooKassa may still make the refund, closing it as "refunded by other means" could refund it twice.
        if (refused) return undefined;
        return isFinal(status) ? 'finished' : 'wrong-state';
      case 'refund':
        if (status === 'issued' || status === 'delayed') return undefined;
        break;
      case 'deliver':
        // A delivery that the panel holds up is tried again by `retry`: nothing is wrong with its money.
        if (status === 'delayed') return 'wrong-state';
        break;
    }
    if (isFinal(status)) return 'finished';
    if (!isOpen(status)) return 'wrong-state';
    if (status === 'created') return 'nothing-wrong';
    const progress = await unlessLate(paymentWorkflows?.progress(payment.id));
    return progress?.needsAttention ? undefined : 'nothing-wrong';
  }

  async function send(payment: Payment, { decision, actor, kopecks = null }: Decision): Promise<string> {
    if (decision === 'refund' && payment.status === 'issued') {
      // A full refund has the payment's id, so pressing twice makes one.
      await refundWorkflows!.request(payment, {
        requestId: kopecks === null ? payment.id : randomUUID(),
        kopecks,
        askedBy: actor,
        reason: 'operator-refund',
      });
      return 'refund-started';
    }
    if ((decision === 'retry' || decision === 'close') && (await payments.refunds.open(payment.id))) {
      // `notify` starts the workflow if it does not run; the decision then waits for it.
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

  async function findById(id: string): Promise<Payment | undefined> {
    const own = (await payments.byId(id)) ?? (await payments.byYooKassaId(id));
    if (own) return own;
    const ofRefund = await timeline.paymentOfRefund(id);
    return ofRefund === undefined ? undefined : payments.byId(ofRefund);
  }

  return {
    /**
     * By our id, YooKassa's id of a payment or refund, the order number of the screens, or the buyer's Telegram id, with
     * or without words around it. Newest first. A number may fit several payments: then a person has to choose.
     */
    async find(text: string): Promise<Payment[]> {
      const { ids, orderNumbers, userIds } = readReference(text);
      const byId = (await Promise.all(ids.map(findById))).filter((found) => found !== undefined);
      if (byId.length > 0) return byId;
      const byNumber = (await Promise.all(orderNumbers.map((one) => payments.byOrderNumber(one)))).flat();
      // Eight digits may be both; whoever sends their Telegram id along with an order number means the order.
      const alsoUsers = userIds.filter(
        (id) => byNumber.length === 0 || orderNumbers.every((one) => one === String(id)),
      );
      const ofUsers = (await Promise.all(alsoUsers.map((id) => payments.ofUser(id, 20)))).flat();
      const known = new Set(byNumber.map(({ id }) => id));
      return [...byNumber, ...ofUsers.filter(({ id }) => !known.has(id))];
    },

    byId: (id: string) => payments.byId(id),

    /** What a refund of a delivered purchase would take; nothing is changed. @param kopecks `null`: all that is left */
    previewRefund: (payment: Payment, kopecks: number | null) =>
      payments.previewRefund(payment.id, kopecks, new Date()),

    /** The whole timeline as text in this language, times in UTC. */
    async timeline(payment: Payment, language: Language): Promise<string> {
      const words = TIMELINE_WORDS[language];
      const [rows, events, workflows] = await Promise.all([
        timeline.of(payment.id),
        payments.events(payment.id),
        temporal
          ? createWorkflowInspector(temporal)
              .inspect(payment.id)
              .catch(() => 'unknown' as const)
          : ('unknown' as const),
      ]);
      return renderTimeline({ payment, rows, lines: buildTimeline(events, rows, words), workflows }, words);
    },

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
      if (why !== undefined) return { outcome: 'not-applicable', why };
      const { decision: action, actor, kopecks } = decision;
      const entry = await decisions.record(actor, action, payment.id, {
        status: payment.status,
        ...(kopecks == null ? {} : { kopecks }),
      });
      try {
        const how = await send(payment, decision);
        await decisions.recordOutcome(entry, how);
        return { outcome: 'sent', how };
      } catch (error) {
        await decisions.recordOutcome(entry, 'not sent: Temporal did not accept it').catch(() => undefined);
        throw error;
      }
    },

    /** Sums at YooKassa that the database does not explain and no operator has resolved. */
    openAnomalies: () => reconciliation.openAnomalies(),
    /** @returns `false` for an unknown id */
    async resolveAnomaly(yookassaId: string, actor: string): Promise<boolean> {
      const paymentId = await reconciliation.resolveAnomaly(yookassaId);
      if (paymentId === undefined) return false;
      await decisions.recordOutcome(await decisions.record(actor, 'resolve', paymentId, { yookassaId }), 'resolved');
      return true;
    },
  };
}
