import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const ROOT = path.resolve(__dirname, '../..');
const CACHE = path.join(ROOT, '.gigabridge', 'test-bundles');

/**
 * Bundles workflow code once for all test files of the same source; bundling takes seconds, so the result is kept by
 * content.
 * @param interceptors a module of the test's own that is bundled with it
 */
export async function workflowBundle(
  entry = path.join(ROOT, 'src/workflows/index.ts'),
  interceptors?: string,
): Promise<{ codePath: string }> {
  const hash = createHash('sha256')
    .update(await readFile(path.join(ROOT, 'package-lock.json')))
    .update(entry);
  if (interceptors !== undefined)
    hash
      .update(interceptors)
      .update(await readFile(interceptors))
      .update(await readFile(path.join(__dirname, 'shorterTimeouts.ts')));
  for (const folder of ['src/workflows', 'src/jobs', 'src/domain', path.relative(ROOT, path.dirname(entry))]) {
    for (const file of (await readdir(path.join(ROOT, folder), { recursive: true })).toSorted()) {
      if (file.endsWith('.ts')) hash.update(file).update(await readFile(path.join(ROOT, folder, file)));
    }
  }
  const codePath = path.join(CACHE, `${hash.digest('hex').slice(0, 24)}.js`);
  if (!existsSync(codePath)) {
    const { code } = await bundleWorkflowCode({
      workflowsPath: entry,
      // As in the built bundle.
      preloadModules: [entry],
      ...(interceptors === undefined ? {} : { workflowInterceptorModules: [interceptors] }),
      logger: new DefaultLogger('WARN'),
    });
    await mkdir(CACHE, { recursive: true });
    // Two test files may bundle at once; each writes its own file and the last rename wins with the same content.
    const own = `${codePath}.${process.pid}`;
    await writeFile(own, code);
    await rename(own, codePath);
  }
  return { codePath };
}
