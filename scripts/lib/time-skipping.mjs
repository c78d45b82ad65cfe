import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventually, isExecutable, mustRun, run, which } from './commands.mjs';
import { downloadArchive, get, platform } from './download.mjs';
import { withLock } from './lock.mjs';
import { cacheDir } from './paths.mjs';
import { canConnect, freePort } from './ports.mjs';
import { Problem } from './problem.mjs';

const VERSION = '1.32.0';
/** Raised when what is made of that version changes, so that a cache filled by an older checkout is not used. */
const RECIPE = 3;

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
    <!-- Without a logger of its own it complains about that in every test run. -->
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-nop</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;

/**
 * The SDK gives a server five seconds to answer, which a busy machine can use up on loading classes. With the archive
 * of loaded classes and without the optimising compiler it is there in a third of the time. A missing or outdated
 * archive is passed over.
 */
const WRAPPER = `#!/bin/sh
here=$(dirname "$0")
exec java -XX:+IgnoreUnrecognizedVMOptions -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -XX:SharedArchiveFile="$here/classes.jsa" -cp "$here/lib/*" io.temporal.testserver.TestServer "$@"
`;

/**
 * Finds Temporal's time-skipping test server, or obtains it once into the cache: as a program, else as jars for Java 11
 * or newer.
 * @param {import('./progress.mjs').Step} step
 * @param {(line: string) => void} log
 * @returns {Promise<string>} path of an executable that takes a port
 */
export async function ensureTimeSkippingServer(step, log) {
  const given = process.env.TEMPORAL_TEST_SERVER_PATH;
  if (given) {
    if (isExecutable(given)) return given;
    throw new Problem(
      `TEMPORAL_TEST_SERVER_PATH is ${given}, but there is no program there.`,
      'correct it, or leave it unset to have one obtained.',
    );
  }
  const home = path.join(cacheDir(), `temporal-test-server-${VERSION}-${RECIPE}`);
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
        // Made in its final folder, because the archive contains the paths of the jars.
        if (existsSync(path.join(home, 'lib'))) await archiveClasses(home, step);
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
    const info = await (
      await get(`https://temporal.download/temporal-test-server/v${VERSION}?platform=${os}&arch=${arch}&format=tar.gz`)
    ).json();
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
  await mustRun(
    /** @type {string} */ (which('mvn')),
    [
      '-q',
      '-B',
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${path.join(dir, 'lib')}`,
    ],
    {
      cwd: dir,
      timeoutMs: 600_000,
      next: 'check the connection to Maven Central, or set TEMPORAL_TEST_SERVER_PATH to a temporal-test-server program.',
    },
  );
  if (!existsSync(path.join(dir, 'lib', `temporal-test-server-${VERSION}.jar`)))
    throw new Problem(
      'Maven ended well but did not bring the temporal-test-server jar.',
      'run the same command again.',
    );
  writeFileSync(program, WRAPPER, { mode: 0o755 });
}

/** @param {string} reason */
async function checkJava(reason) {
  const next =
    'install a Java 11 or newer and Maven (for example `apt-get install default-jre-headless maven`), or set TEMPORAL_TEST_SERVER_PATH.';
  const without = (/** @type {string} */ what) =>
    new Problem(`Temporal's time-skipping test server could not be downloaded (${reason}), and ${what}.`, next);
  if (!which('mvn')) throw without('there is no Maven to fetch it with');
  const java = await run('java', ['-version']);
  const major = Number(/version "(\d+)/.exec(java.output)?.[1] ?? 0);
  if (major < 11) throw without(major === 0 ? 'there is no Java to run it' : `Java ${major} is too old to run it`);
}

/**
 * Starts the server once and lets it write down which classes it has loaded (Java 13 or newer; older ones do without).
 * @param {string} home
 * @param {import('./progress.mjs').Step} step
 */
async function archiveClasses(home, step) {
  step.say('starting it once, to make later starts quick');
  const port = await freePort();
  const args = [
    '-XX:+IgnoreUnrecognizedVMOptions',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    `-XX:ArchiveClassesAtExit=${path.join(home, 'classes.jsa')}`,
  ];
  const server = spawn(
    'java',
    [...args, '-cp', path.join(home, 'lib', '*'), 'io.temporal.testserver.TestServer', String(port)],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => {
    server.once('exit', resolve);
    server.once('error', resolve);
  });
  await eventually(() => canConnect(port), { timeoutMs: 30_000 });
  server.kill('SIGTERM');
  await ended;
}
