/**
 * The schedules as data, and what makes Temporal's be like them. Nothing in here runs the work: that is
 * `src/workflows`.
 */
export { applySchedules, type AppliedSchedules } from './apply';
export { SCHEDULES, type ScheduleDefinition, type Timing } from './definitions';
