// Before everything else: it holds for what is evaluated after it.
import './stackTraceLimit';

/** Every workflow type the workers run. The names exported here are the types operators see. */
export { gift } from './gift/gift';
export { grant } from './grant/grant';
export { payment } from './payment/payment';
export { refund } from './refund/refund';
export { audit } from '../jobs/audit/workflow';
export { cleanup } from '../jobs/cleanup/workflow';
export { subscriptionExpiry } from '../jobs/expiry/workflow';
export { panelSyncOf } from '../jobs/panelSync/childWorkflow';
export { panelSync } from '../jobs/panelSync/workflow';
export { receiptRegistration } from '../jobs/receipts/workflow';
export { paymentReconciliation } from '../jobs/reconciliation/workflow';
export { subscriptionReminders } from '../jobs/reminders/workflow';
export { referralRewards } from '../jobs/referralRewards/workflow';
export { trialReminders } from '../jobs/trialReminders/workflow';
export { serviceWatch } from '../jobs/serviceWatch/workflow';
