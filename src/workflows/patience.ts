/** How long each thing a payment or a refund depends on is waited for, and how often it is tried. */
import type { ActivityOptions } from '@temporalio/workflow';

/** YooKassa answers within 30 s or not at all; a repeat under the same key is harmless, so it goes on for as long as it takes. */
export const YOOKASSA: ActivityOptions = {
  startToCloseTimeout: '45s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/** A refund takes seconds or days; it is asked after until its end. No event tells of a failed one. */
export const YOOKASSA_REFUND: ActivityOptions = {
  startToCloseTimeout: '45s',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '30m' },
  summary: 'follow the refund to its end',
};

/** Our own record: short transactions, repeated until PostgreSQL is there. */
export const RECORD: ActivityOptions = {
  startToCloseTimeout: '15s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
};

/** Telegram never holds up money: messages run beside the story and are given up after a day. */
export const TELEGRAM: ActivityOptions = {
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2m' },
};
