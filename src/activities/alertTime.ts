import { activityInfo } from '@temporalio/activity';
import { timeOfAlert } from '../domain/alertSubject';

/**
 * At the end of the subject of what a workflow says now: it is told once for each time that the workflow says so, since
 * a second refusal for the same reason is news. The attempts of one activity share its id.
 */
export function timeOfThisAlert(): string {
  const { activityId, workflowExecution } = activityInfo();
  return timeOfAlert({ runId: workflowExecution?.runId ?? '', activityId });
}
