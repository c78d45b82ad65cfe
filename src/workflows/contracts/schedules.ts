/** Names and ids of what runs by itself. Operators, alerts and tools rely on them. */
import { MAIN_TASK_QUEUE } from './payment';

export const REMINDERS_WORKFLOW = 'subscriptionReminders';
export const EXPIRY_WORKFLOW = 'subscriptionExpiry';
export const PANEL_SYNC_WORKFLOW = 'panelSync';
/** One panel's part of a sync. */
export const PANEL_SYNC_CHILD_WORKFLOW = 'panelSyncOf';
export const CLEANUP_WORKFLOW = 'cleanup';
export const RECONCILIATION_WORKFLOW = 'paymentReconciliation';

export const SCHEDULE_IDS = [
  'subscription-reminders',
  'subscription-expiry',
  'panel-sync',
  'cleanup-fsm',
  'cleanup-cache',
  'cleanup-payments',
  'payment-reconciliation',
] as const;
export type ScheduleId = (typeof SCHEDULE_IDS)[number];

/** Scheduled workflows and their short activities run beside the payments; what they send in bulk has a queue of its own. */
export const CARE_TASK_QUEUE = MAIN_TASK_QUEUE;
/** Messages that can wait: few at a time, so that they never take the slots of the work that moves money. */
export const BULK_TASK_QUEUE = 'gigabridge-telegram-bulk';
