/**
 * Keeps the machine code of what a child process of a test loads: `node -r test/support/codeCache.cjs FILE`. Most of
 * the processor time of a short process is the compilation of a thousand modules, always the same. What V8 has compiled
 * is written to one file for each program, by a process that ends or has run for a while, and read by the next one.
 * Node 22 has this built in (`module.enableCompileCache`); Node 20 has not.
 */
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { deserialize, serialize } = require('node:v8');
const vm = require('node:vm');

const FOLDER = path.resolve(__dirname, '../../.gigabridge/test-code-cache');
/** A process that will be killed writes what it has compiled after so long. */
const SAVE_AFTER_MS = 8_000;
/** Fewer new modules than this are not worth writing the file anew. */
const WORTH_SAVING = 20;

const program = createHash('sha256')
  .update(process.version)
  .update(process.arch)
  .update(process.argv[1] ?? '');
const file = path.join(FOLDER, program.digest('hex').slice(0, 24));

/** @type {Map<string, { source: string, code: Buffer }>} */
const known = read();
/** @type {Map<string, { source: string, script: vm.Script }>} */
const compiled = new Map();
let misses = 0;

function read() {
  try {
    return deserialize(readFileSync(file));
  } catch {
    return new Map();
  }
}

/** V8 itself compares only the length of the source. @param {string} source */
const hashOf = (source) => createHash('sha1').update(source).digest('base64');

const compileByNode = Module.prototype._compile;

Module.prototype._compile = function compile(content, filename) {
  // Only Node itself can compile what imports dynamically.
  if (/\bimport\s*\(/.test(content)) return compileByNode.call(this, content, filename);
  const code = Module.wrap(content.replace(/^#!.*/, ''));
  const source = hashOf(code);
  const kept = known.get(filename);
  const cachedData = kept?.source === source ? kept.code : undefined;
  const script = new vm.Script(code, { filename, cachedData });
  compiled.set(filename, { source, script });
  if (cachedData === undefined || script.cachedDataRejected) misses += 1;
  const run = script.runInThisContext({ displayErrors: true });
  return run.call(this.exports, this.exports, requireOf(this), this, filename, path.dirname(filename));
};

/** What Node hands to a module. @param {NodeJS.Module} module */
function requireOf(module) {
  const require = (id) => module.require(id);
  require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  require.resolve.paths = (request) => Module._resolveLookupPaths(request, module);
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

function save() {
  if (misses < WORTH_SAVING) return;
  misses = 0;
  for (const [filename, { source, script }] of compiled)
    known.set(filename, { source, code: script.createCachedData() });
  mkdirSync(FOLDER, { recursive: true });
  // Several processes may write at once; each writes its own file and the last rename wins.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, serialize(known));
  renameSync(own, file);
}
process.once('exit', save);
setTimeout(save, SAVE_AFTER_MS).unref();
