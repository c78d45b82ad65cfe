/** All activities of the scheduled workflows: what the workers of the main queue and of the bulk queue offer. */
import type { CleanupActivities } from './cleanup';
import type { ClosingActivities, ExpiryActivities, ExpiryBulkActivities } from './expiry';
import type { PanelSyncActivities } from './panelSync';
import type { ReconciliationActivities } from './reconciliation';
import type { ReminderActivities, ReminderBulkActivities } from './reminders';

export interface CareActivities
  extends
    ReminderActivities,
    ExpiryActivities,
    ClosingActivities,
    PanelSyncActivities,
    CleanupActivities,
    ReconciliationActivities {}
/** What sends in bulk, on a queue of its own. */
export interface BulkActivities extends ReminderBulkActivities, ExpiryBulkActivities {}
