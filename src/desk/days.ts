import { setTimeout as pause } from 'node:timers/promises';
import { endWithDays, whyNotDays, type DeskDaysRefusal } from '../domain/deskDays';
import type { GrantWorkflows } from '../clients/grantWorkflows';
import type { DeskAuditRepository } from '../storage/postgres/deskAudit';
import type { DeskDays } from '../storage/postgres/freeGrants/deskDays';
import type { SubscriptionsRepository, SubscriptionView } from '../storage/postgres/subscriptions';
import { isLiving } from '../domain/subscription';

export interface DeskDaysDeps {
  readonly subscriptions: Pick<SubscriptionsRepository, 'byId'>;
  readonly deskAudit: Pick<DeskAuditRepository, 'ofRequest'>;
  readonly grantWorkflows: Pick<GrantWorkflows, 'ensureRunning'>;
  readonly now: () => Date;
}

/** What days would change. */
export interface DaysPreview {
  readonly subscription: SubscriptionView;
  readonly days: number;
  readonly after: Date;
  readonly why: DeskDaysRefusal | undefined;
}

/** `asked`: the worker has not answered yet; it is done all the same once it does, and the card shows it. */
export type DaysAnswer =
  { readonly outcome: 'given' | 'asked' | 'unanswered' } | { readonly outcome: 'refused'; readonly why: string };

/** In ms. A running worker answers in a fraction of it. */
const ANSWER_WITHIN = 3_000;
const ASK_EVERY = 100;

export type DeskDaysUseCase = ReturnType<typeof createDeskDays>;

/**
 * Days more for a subscription. The worker gives them and tells the panel: the bot's user in PostgreSQL can't give
 * anything.
 */
export function createDeskDays({ subscriptions, deskAudit, grantWorkflows, now }: DeskDaysDeps) {
  async function answerOf(request: DeskDays): Promise<DaysAnswer> {
    for (let waited = 0; waited < ANSWER_WITHIN; waited += ASK_EVERY) {
      const line = await deskAudit.ofRequest(String(request.userId), request.source);
      if (line) return line.refused === null ? { outcome: 'given' } : { outcome: 'refused', why: line.refused };
      await pause(ASK_EVERY);
    }
    return { outcome: 'asked' };
  }

  return {
    /** @returns `undefined`: there is no such living subscription */
    async preview(subscriptionId: string, days: number): Promise<DaysPreview | undefined> {
      const subscription = await subscriptions.byId(subscriptionId);
      if (!subscription || !isLiving(subscription)) return undefined;
      const { expiresAt, isPanelGone } = subscription;
      const why = isPanelGone ? 'unavailable' : whyNotDays(expiresAt, days, now());
      return { subscription, days, after: endWithDays(expiresAt, days, now()), why };
    },

    /** Gives what was confirmed; repeated, it finds what was given before. */
    async give(request: DeskDays): Promise<DaysAnswer> {
      const { source, userId, ...desk } = request;
      try {
        await grantWorkflows.ensureRunning({ kind: 'owner', source, userId, desk });
      } catch {
        return { outcome: 'unanswered' };
      }
      return answerOf(request);
    },
  };
}
