/**
 * Jest's Node environment, with two things added.
 *
 * Jest loads every module anew for each test file, and has V8 compile it anew. Most files load the same thousand of
 * modules; here a process of jest keeps what V8 has compiled and hands it to V8 the next time. The modules are still
 * executed for each file, so none sees another's state.
 *
 * With `CPU_FILE=cpu.txt npm test`, each test file writes down what it costs: seconds of processor time of its process
 * and of the children it has waited for, seconds on the clock, name. The services that all files share are not in it.
 */
const { createHash } = require('node:crypto');
const { appendFileSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { performance } = require('node:perf_hooks');
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

/** By file name. @type {Map<string, { source: string, code: Buffer }>} */
const kept = new Map();
/**
 * Compiled for the test file that runs; what it has called of them is kept with them.
 * @type {[string, string, vm.Script][]}
 */
let fresh = [];

/** V8 itself compares only the length of the source. @param {string} source */
const hashOf = (source) => createHash('sha1').update(source).digest('base64');

/** Jest calls this for every module (jest-runtime, ModuleExecutor). */
vm.compileFunction = (source, parameters, { filename, importModuleDynamically, parsingContext }) => {
  const code = `(function (${parameters.join(', ')}) {${source}\n})`;
  const hash = hashOf(code);
  const known = kept.get(filename);
  const cachedData = known?.source === hash ? known.code : undefined;
  const script = new vm.Script(code, { filename, cachedData, importModuleDynamically });
  if (cachedData === undefined || script.cachedDataRejected) fresh.push([filename, hash, script]);
  return script.runInContext(parsingContext);
};

/** Clock ticks of Linux are hundredths of a second. */
function cpuSeconds() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

class KeepingEnvironment extends TestEnvironment {
  #name;
  #cpu = process.env.CPU_FILE ? cpuSeconds() : 0;
  #since = performance.now();

  constructor(config, context) {
    super(config, context);
    this.#name = path.relative(config.globalConfig.rootDir, context.testPath);
  }

  async teardown() {
    await super.teardown();
    for (const [filename, source, script] of fresh) kept.set(filename, { source, code: script.createCachedData() });
    fresh = [];
    if (!process.env.CPU_FILE) return;
    const cpu = (cpuSeconds() - this.#cpu).toFixed(1);
    const wall = ((performance.now() - this.#since) / 1000).toFixed(1);
    appendFileSync(process.env.CPU_FILE, `${cpu} ${wall} ${this.#name}\n`);
  }
}

module.exports = KeepingEnvironment;
