/** At the end of the subject of an alert: which of the times it is about on which the workflow raised it. */
export function timeOfAlert({ runId, activityId }: { readonly runId: string; readonly activityId: string }): string {
  return ` [${runId}/${activityId}]`;
}

/** The subject as people read it. */
export function withoutTimeOfAlert(subject: string): string {
  return subject.replace(/ \[[\w-]*\/\w+\]$/, '');
}
