import { patched } from '@temporalio/workflow';

/** How a payment gets from the money to the key; fixed when it begins, so that an old history stays what it was. */
export interface Haste {
  /** All of the way is tried at once, by one local activity. */
  readonly atOnce: boolean;
  /** Its steps may be tried inside a workflow task. Payments that were under way before there were quick attempts do without. */
  mayBeQuick(): boolean;
}

/** Called before anything else: where it stands in the history is where an old one has nothing. */
export function openHaste(): Haste {
  const atOnce = patched('settle-at-once');
  return { atOnce, mayBeQuick: () => atOnce || patched('quick-attempts') };
}

/**
 * One short attempt inside the workflow task, then the activity with all its patience. The attempt may have had its effect all the
 * same, or be having it still: each of these activities may be repeated and overlap.
 */
export async function quickly<T>(haste: Haste, attempt: () => Promise<T>, patiently: () => Promise<T>): Promise<T> {
  if (!haste.mayBeQuick()) return patiently();
  try {
    return await attempt();
  } catch {
    // Its failure is in the history.
    return patiently();
  }
}
