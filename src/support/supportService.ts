import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { PaymentWorkflows } from '../clients/paymentWorkflows';
import type { RefundWorkflows } from '../clients/refundWorkflows';
import { MINUTE_MS } from '../domain/duration';
import type { Language } from '../domain/language';
import type { ProviderId } from '../domain/provider';
import type { Payment } from '../domain/payment';
import { createPaymentsRepository } from '../storage/postgres/payments';
import { createDecisionsRepository } from '../storage/postgres/decisions';
import { createFreeGrantsRepository } from '../storage/postgres/freeGrants';
import { createGiftsRepository } from '../storage/postgres/gifts';
import { createReconciliationRepository } from '../storage/postgres/reconciliation';
import { createTimelineRepository } from '../storage/postgres/timeline';
import type { HistoryEntry, Sessions } from '../storage/redis/sessions';
import { createOperatorDecisions } from './operatorDecisions';
import { readReference } from './reference';
import { renderFreeGrants } from './timeline/freeGrants';
import { renderTimeline } from './timeline/render';
import { buildTimeline, type Press } from './timeline/timeline';
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
  /** Left out by whoever has no Redis: timelines are shown without what the buyer pressed. */
  readonly sessions?: Pick<Sessions, 'get'>;
}

export type SupportService = ReturnType<typeof createSupportService>;

/** How long before the order the buyer's presses are shown: what they looked at on the way to it. */
const PRESSES_BEFORE_MS = 10 * MINUTE_MS;

const TIMELINE_WORDS: Readonly<Record<Language, TimelineWords>> = { ru, en };

/**
 * What support and operators do with a payment, in the terminal and in the chat: find it, read its timeline, decide. A
 * decision is written to the audit log before it is sent; the workflow decides whether it may be done.
 */
export function createSupportService({
  pool,
  temporal,
  paymentWorkflows,
  refundWorkflows,
  sessions,
}: SupportServiceDeps) {
  const payments = createPaymentsRepository(pool);
  const freeGrants = createFreeGrantsRepository(pool);
  const gifts = createGiftsRepository(pool);
  const timeline = createTimelineRepository(pool);
  const decisions = createDecisionsRepository(pool);
  const reconciliation = createReconciliationRepository(pool);
  const operatorDecisions = createOperatorDecisions({ payments, decisions, paymentWorkflows, refundWorkflows });

  async function findById(id: string): Promise<Payment | undefined> {
    const own = (await payments.byId(id)) ?? (await payments.byAnyProviderRef(id));
    if (own) return own;
    const ofRefund = await timeline.paymentOfRefund(id);
    return ofRefund === undefined ? undefined : payments.byId(ofRefund);
  }

  return {
    /**
     * By our id, the provider's id of a payment or refund, the order number of the screens, or the buyer's Telegram id,
     * with or without words around it. Newest first. A number may fit several payments: then a person has to choose.
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

    /** What the people whose Telegram ids are in this text were given for nothing, as text; empty for nothing. */
    async given(text: string, language: Language): Promise<string> {
      return renderFreeGrants(await freeGrants.ofUsers(readReference(text).userIds), language);
    },

    /**
     * The whole timeline as text in this language, times in UTC, and what its buyer was given for nothing, and whoever
     * has claimed it if it is a gift.
     */
    async timeline(payment: Payment, language: Language): Promise<string> {
      const words = TIMELINE_WORDS[language];
      const receiver = payment.purpose === 'gift' ? (await gifts.byId(payment.id))?.claimedBy : undefined;
      const [rows, events, session, given, workflows] = await Promise.all([
        timeline.of(payment.id),
        payments.events(payment.id),
        sessions?.get(payment.userId),
        freeGrants.ofUsers([payment.userId, ...(receiver == null ? [] : [receiver])]),
        temporal
          ? createWorkflowInspector(temporal)
              .inspect(payment.id)
              .catch(() => 'unknown' as const)
          : ('unknown' as const),
      ]);
      const presses = pressesSince(session?.history ?? [], new Date(payment.createdAt.getTime() - PRESSES_BEFORE_MS));
      const timelineText = renderTimeline(
        { payment, rows, lines: buildTimeline(payment, events, rows, presses, words), workflows },
        words,
      );
      return [timelineText, renderFreeGrants(given, language)].filter((part) => part !== '').join('\n\n');
    },

    ...operatorDecisions,

    /** Sums at the provider that the database does not explain and no operator has resolved. */
    openAnomalies: () => reconciliation.openAnomalies(),
    /**
     * @param named the provider's id, or `PROVIDER:ID` where several providers have the same one
     * @returns where it stood open: only where that is one provider is it resolved
     */
    async resolveAnomaly(named: string, actor: string): Promise<readonly ProviderId[]> {
      const open = await reconciliation.openNamed(named);
      const [one] = open;
      if (open.length !== 1 || one === undefined) return open.map(({ provider }) => provider);
      const paymentId = await reconciliation.resolveAnomaly(one);
      if (paymentId === undefined) return [];
      await decisions.recordOutcome(await decisions.record(actor, 'resolve', paymentId, { ...one }), 'resolved');
      return [one.provider];
    },
  };
}

/** Of the session's history, which holds the last twenty of seven days. */
function pressesSince(history: readonly HistoryEntry[], since: Date): Press[] {
  return history.map(({ at, action }) => ({ at: new Date(at), action })).filter(({ at }) => at >= since);
}
