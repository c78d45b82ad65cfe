/** The refund's groups of activities, each with the patience that what it depends on deserves. */
import { proxyActivities } from '@temporalio/workflow';
import type { PanelActivities, TelegramActivities } from '../contracts/activities';
import type { ReturnActivities } from '../contracts/refund';

/** YooKassa answers within 30 s or not at all; a repeat under the same key is harmless, so it goes on for as long as it takes. */
export const yookassa = proxyActivities<ReturnActivities>({
  startToCloseTimeout: '45s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/** A refund takes seconds or days; it is asked after until its end. No event tells of a failed one. */
export const follower = proxyActivities<ReturnActivities>({
  startToCloseTimeout: '45s',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '30m' },
  summary: 'follow the refund to its end',
});

/** Our own record: short transactions, repeated until PostgreSQL is there. */
export const record = proxyActivities<ReturnActivities>({
  startToCloseTimeout: '15s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** Telegram never holds up money: these run beside the story and give up after a day. */
export const tell = proxyActivities<ReturnActivities & TelegramActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2m' },
});

/** The panel is told until it has confirmed. */
export const panel = proxyActivities<PanelActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '5m' },
  summary: 'tell the panel what is left of the access',
});
