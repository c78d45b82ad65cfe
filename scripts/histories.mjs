/**
 * `npm run histories`: records the workflow histories that test/workflows/replay.test.ts replays, all of them anew, by
 * running the tests that keep them. Needed after a workflow was changed on purpose; see test/workflows/README.md.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from './lib/paths.mjs';

const folder = inRoot('test', 'workflows', 'histories');
for (const file of readdirSync(folder)) rmSync(path.join(folder, file));

const { status } = spawnSync(
  process.execPath,
  [
    inRoot('scripts', 'test.mjs'),
    'test/workflows',
    'test/jobs/workflows.test.ts',
    '--testPathIgnorePatterns',
    'replay',
  ],
  { cwd: inRoot(), env: { ...process.env, RECORD_HISTORIES: '1' }, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
