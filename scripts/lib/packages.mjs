import { run, which } from './commands.mjs';

/**
 * Ways to install a system package without asking anybody for a password.
 * @type {readonly { tool: string, needsRoot: boolean, install: (name: string) => string[][] }[]}
 */
const MANAGERS = [
  // Another apt on the machine (unattended upgrades, a second checkout) is waited for rather than failed on.
  {
    tool: 'apt-get',
    needsRoot: true,
    install: (name) => [
      ['apt-get', 'update', '-qq'],
      ['apt-get', '-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '-qq', '--no-install-recommends', name],
    ],
  },
  { tool: 'dnf', needsRoot: true, install: (name) => [['dnf', 'install', '-y', '-q', name]] },
  { tool: 'apk', needsRoot: true, install: (name) => [['apk', 'add', '--quiet', name]] },
  { tool: 'brew', needsRoot: false, install: (name) => [['brew', 'install', '--quiet', name]] },
];

/** Package managers hold one lock a machine: two steps of ours that run at once take turns. */
let turn = Promise.resolve();

/**
 * Installs a system package if the user may do so without being asked for a password.
 * @param {Partial<Record<'apt-get' | 'dnf' | 'apk' | 'brew', string>>} names the package's name for each tool
 * @param {import('./progress.mjs').Step} step
 * @returns {Promise<{ installed: boolean, reason: string }>}
 */
export async function installSystemPackage(names, step) {
  const manager = MANAGERS.find(({ tool }) => names[/** @type {keyof typeof names} */ (tool)] && which(tool));
  if (!manager) return { installed: false, reason: 'no package manager we know' };
  let prefix = /** @type {string[]} */ ([]);
  if (manager.needsRoot && process.getuid?.() !== 0) {
    if (!which('sudo') || (await run('sudo', ['-n', 'true'])).code !== 0)
      return { installed: false, reason: `${manager.tool} would need a password` };
    prefix = ['sudo', '-n'];
  }
  const name = /** @type {string} */ (names[/** @type {keyof typeof names} */ (manager.tool)]);
  const before = turn;
  /** @type {() => void} */
  let done = () => {};
  turn = new Promise((resolve) => {
    done = resolve;
  });
  step.say(`waiting for ${manager.tool}`);
  try {
    await before;
    step.say(`installing ${name} with ${manager.tool}`);
    return await installWith(manager, prefix, name);
  } finally {
    done();
  }
}

/**
 * @param {(typeof MANAGERS)[number]} manager
 * @param {readonly string[]} prefix `sudo -n`, or nothing
 * @param {string} name
 * @returns {Promise<{ installed: boolean, reason: string }>}
 */
async function installWith(manager, prefix, name) {
  for (const command of manager.install(name)) {
    const [program = '', ...args] = [...prefix, ...command];
    const result = await run(program, args, {
      env: { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' },
      timeoutMs: 600_000,
    });
    // A stale mirror in `update` need not stop the install.
    if (result.code !== 0 && !command.includes('update'))
      return {
        installed: false,
        reason: `${manager.tool} could not install ${name}: ${result.output.trim().split('\n').pop()}`,
      };
  }
  return { installed: true, reason: '' };
}
