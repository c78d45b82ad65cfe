/** For scale only: the watch written as most first attempts are, a loop of "ask" and "sleep" in the workflow. */
import { proxyActivities, sleep } from '@temporalio/workflow';

const { ask } = proxyActivities<{ ask(): Promise<'pending'> }>({ startToCloseTimeout: '30s' });

export async function sleepLoop({ intervalMs, timeoutMs }: { intervalMs: number; timeoutMs: number }): Promise<void> {
  for (let waited = 0; waited < timeoutMs; waited += intervalMs) {
    await sleep(intervalMs);
    await ask();
  }
}
