/**
 * For each thing that a payment, a refund or a grant depends on: how long one attempt may take, and how often it is
 * made.
 */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/**
 * How soon a call is given to another worker when its own has died: the worker says of each of its activities, every
 * two seconds, that it lives (`src/activities/heartbeat.ts`). Every activity has this limit but the close watch, which
 * has its own, and the fast path, a local activity: that dies with its workflow task, whose own limit is 10 s.
 */
export const HEARTBEAT_TIMEOUT = '8s';

/**
 * A provider answers within 30 s or not at all. A repeat of what is stored is harmless, so it never gives up.
 */
export const PROVIDER: ActivityOptions = {
  startToCloseTimeout: '45s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  // An attempt that is running when it is cancelled is waited for: it may have had its effect.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/**
 * A refund takes seconds or days, and no notification tells of a failed one: the provider is asked until it has ended.
 */
export const PROVIDER_REFUND: ActivityOptions = {
  startToCloseTimeout: '45s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '30m' },
  summary: 'follow the refund to its end',
};

/** Short transactions in PostgreSQL, repeated until it is there. */
export const DATABASE: ActivityOptions = {
  startToCloseTimeout: '15s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
};

/** Messages are background tasks, so money never waits for Telegram. One that can't be sent is given up after a day. */
export const TELEGRAM: ActivityOptions = {
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2m' },
};

/** The first attempts at the panel, soon enough after each other that nobody need be told of a hiccup. */
export const PANEL_FIRST_ATTEMPTS: ActivityOptions = {
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  scheduleToCloseTimeout: '40s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumAttempts: 3 },
  summary: 'make the key on the panel',
};

/** The panel is away: attempts with growing pauses, until it is back; whoever makes them may end them before. */
export const PANEL_UNTIL_BACK: ActivityOptions = {
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  // An attempt that is running when it is cancelled is waited for: it may have had its effect.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 1.5, maximumInterval: '5m' },
  summary: 'make the key on the panel, until it is back',
};

/** However often people press "wait" or ask again, a pause is ended by it this often at most; ms. */
export const TRY_EVERY_MS = 10_000;

/** How long the last screen waits for the message with the key, so that it comes after it; ms. */
export const KEY_FIRST_MS = 5_000;
