/** The least a payment could be on Temporal: it waits to be woken, does one thing inside that task, and has ended. */
import { condition, defineSignal, proxyLocalActivities, setHandler } from '@temporalio/workflow';

export const WAKE = 'wake';

const { nothing } = proxyLocalActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '5s' });

export async function bare(): Promise<void> {
  let woken = false;
  setHandler(defineSignal(WAKE), () => void (woken = true));
  await condition(() => woken);
  await nothing();
}
