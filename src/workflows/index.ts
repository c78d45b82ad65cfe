/** Every workflow type the workers run. The names exported here are the types operators see. */
export { payment } from './payment/payment';
export { cleanup } from './cleanup/cleanup';
export { subscriptionExpiry } from './expiry/expiry';
export { panelSync } from './panelSync/panelSync';
export { panelSyncOf } from './panelSync/panelSyncOf';
export { paymentReconciliation } from './reconciliation/reconciliation';
export { refund } from './refund/refund';
export { subscriptionReminders } from './reminders/reminders';
