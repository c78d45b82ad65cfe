/** The smallest possible payment on Temporal: it waits for a signal, runs one local activity in that task, and ends. */
import { condition, defineSignal, proxyLocalActivities, setHandler } from '@temporalio/workflow';

export const WAKE = 'wake';

const { nothing } = proxyLocalActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '5s' });

export async function bare(): Promise<void> {
  let woken = false;
  setHandler(defineSignal(WAKE), () => void (woken = true));
  await condition(() => woken);
  await nothing();
}
