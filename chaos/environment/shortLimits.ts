/** The built shop with shorter time limits in its workflows, for runs that have only minutes. */
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { workflowBundle } from '../../test/support/workflow-bundle';
import { ROOT } from './tools';

/**
 * Copies `dist/`, with another workflow bundle: the same workflows, but an attempt of an activity is given up after
 * 10 s instead of 15 to 45 s, the watch's heartbeat is missed after 8 s instead of 15, and the pauses between attempts
 * are a quarter, and 10 s at most. Everything else is the same file. These are what such a run mostly waits for.
 * @param dir of the run; the copy lies in it
 * @returns the folder of the copy
 */
export async function copyWithShortLimits(dir: string): Promise<string> {
  const copy = path.join(dir, 'dist');
  const { codePath } = await workflowBundle(undefined, path.join(__dirname, 'shorterTimeoutsInterceptor.ts'));
  await cp(path.join(ROOT, 'dist'), copy, { recursive: true });
  await cp(codePath, path.join(copy, 'workflow-bundle.js'));
  return copy;
}
