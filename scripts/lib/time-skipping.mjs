import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isExecutable, mustRun, run, which } from './commands.mjs';
import { downloadArchive, get, platform } from './download.mjs';
import { withLock } from './lock.mjs';
import { cacheDir } from './paths.mjs';
import { Problem } from './problem.mjs';

const VERSION = '1.32.0';

/** Named by hand so that Maven needs nothing of the checkout. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>gigabridge</groupId>
  <artifactId>temporal-test-server</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

const WRAPPER = `#!/bin/sh
exec java -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;

/**
 * Finds Temporal's time-skipping test server, or obtains it once into the cache: as a program, else as jars for Java 11 or newer.
 * @param {import('./progress.mjs').Step} step
 * @param {(line: string) => void} log
 * @returns {Promise<string>} path of an executable that takes a port
 */
export async function ensureTimeSkippingServer(step, log) {
  const given = process.env.TEMPORAL_TEST_SERVER_PATH;
  if (given) {
    if (isExecutable(given)) return given;
    throw new Problem(`TEMPORAL_TEST_SERVER_PATH is ${given}, but there is no program there.`, 'correct it, or leave it unset to have one obtained.');
  }
  const home = path.join(cacheDir(), `temporal-test-server-${VERSION}`);
  const cached = path.join(home, 'temporal-test-server');
  if (isExecutable(cached)) return cached;
  return withLock(
    path.join(cacheDir(), 'temporal-test-server.lock'),
    async () => {
      if (isExecutable(cached)) return cached;
      mkdirSync(cacheDir(), { recursive: true });
      const building = mkdtempSync(path.join(cacheDir(), 'temporal-test-server-new-'));
      try {
        await obtain(building, step, log);
        rmSync(home, { recursive: true, force: true });
        renameSync(building, home);
        return cached;
      } finally {
        rmSync(building, { recursive: true, force: true });
      }
    },
    (pid) => step.say(`waiting for process ${pid}, which is obtaining it`),
  );
}

/**
 * @param {string} dir gets an executable `temporal-test-server`
 * @param {import('./progress.mjs').Step} step
 * @param {(line: string) => void} log
 */
async function obtain(dir, step, log) {
  const program = path.join(dir, 'temporal-test-server');
  let reason;
  try {
    const { os, arch } = platform();
    const info = await (await get(`https://temporal.download/temporal-test-server/v${VERSION}?platform=${os}&arch=${arch}&format=tar.gz`)).json();
    await downloadArchive(info.archiveUrl, path.join(dir, 'archive'), step.say);
    renameSync(path.join(dir, 'archive', info.fileToExtract), program);
    rmSync(path.join(dir, 'archive'), { recursive: true });
    chmodSync(program, 0o755);
    return;
  } catch (error) {
    reason = /** @type {Error} */ (error).message;
    rmSync(program, { force: true });
  }
  await checkJava(reason);
  log(`Time-skipping server: the download failed (${reason}); fetching its jars with Maven instead.`);
  step.say('fetching jars with Maven (38 MB, once)');
  writeFileSync(path.join(dir, 'pom.xml'), POM);
  await mustRun(/** @type {string} */ (which('mvn')), ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${path.join(dir, 'lib')}`], {
    cwd: dir,
    timeoutMs: 600_000,
    next: 'check the connection to Maven Central, or set TEMPORAL_TEST_SERVER_PATH to a temporal-test-server program.',
  });
  if (!existsSync(path.join(dir, 'lib', `temporal-test-server-${VERSION}.jar`))) throw new Problem('Maven ended well but did not bring the temporal-test-server jar.', 'run the same command again.');
  writeFileSync(program, WRAPPER, { mode: 0o755 });
}

/** @param {string} reason */
async function checkJava(reason) {
  const next = 'install a Java 11 or newer and Maven (for example `apt-get install default-jre-headless maven`), or set TEMPORAL_TEST_SERVER_PATH.';
  const without = (/** @type {string} */ what) => new Problem(`Temporal's time-skipping test server could not be downloaded (${reason}), and ${what}.`, next);
  if (!which('mvn')) throw without('there is no Maven to fetch it with');
  const java = await run('java', ['-version']);
  const major = Number(/version "(\d+)/.exec(java.output)?.[1] ?? 0);
  if (major < 11) throw without(major === 0 ? 'there is no Java to run it' : `Java ${major} is too old to run it`);
}
