import { patched } from '@temporalio/workflow';

/** Payments that were under way before there were quick attempts do without. */
export const mayBeQuick = (): boolean => patched('quick-attempts');

/**
 * One short attempt inside the workflow task, then the activity with all its patience. The attempt may have had its effect all the
 * same, or be having it still: each of these activities may be repeated and overlap.
 */
export async function quickly<T>(attempt: () => Promise<T>, patiently: () => Promise<T>): Promise<T> {
  if (!mayBeQuick()) return patiently();
  try {
    return await attempt();
  } catch {
    // Its failure is in the history.
    return patiently();
  }
}
