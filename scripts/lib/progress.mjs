import { describe } from './problem.mjs';

/**
 * @typedef {object} Step
 * @property {(what: string) => void} say what the step is doing right now
 *
 * @typedef {object} Progress
 * @property {<T>(name: string, work: (step: Step) => Promise<T>) => Promise<T>} step runs `work` and shows how it goes;
 *   several steps may run at once. What `work` last said is the text of its final line.
 * @property {(line: string) => void} log prints a line above the running steps
 * @property {() => void} closeSteps steps print nothing any more, only `log` does
 */

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 120;
/** How often a running step prints a line without a terminal, so that a log shows that it still runs. */
const PLAIN_EVERY_MS = 10_000;

/** @param {number} ms */
export const seconds = (ms) =>
  ms < 10_000
    ? `${(ms / 1000).toFixed(1)} s`
    : ms < 120_000
      ? `${Math.round(ms / 1000)} s`
      : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;

/**
 * Shows what set-up is doing: a spinner with elapsed time for each running step on a terminal, periodic lines
 * elsewhere.
 * @param {{ stream?: NodeJS.WriteStream, quiet?: boolean }} [options] `quiet` shows only steps that take over 2 s
 * @returns {Progress}
 */
export function createProgress({ stream = process.stdout, quiet = false } = {}) {
  const live = Boolean(stream.isTTY) && !process.env.CI && process.env.TERM !== 'dumb';
  const paint = (/** @type {string} */ code, /** @type {string} */ text) =>
    live && !process.env.NO_COLOR ? `\u001b[${code}m${text}\u001b[0m` : text;
  /** @type {Map<symbol, { name: string, what: string, since: number }>} */
  const running = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let drawn = 0;
  let closed = false;

  function erase() {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  }

  function draw() {
    if (!live || closed || running.size === 0) return;
    const frame = FRAMES[Math.floor(Date.now() / FRAME_MS) % FRAMES.length];
    const width = Math.max(20, (stream.columns || 80) - 1);
    const lines = [...running.values()].map(({ name, what, since }) => {
      const line = `${frame} ${name}: ${what || 'starting'}, ${seconds(Date.now() - since)}`;
      return line.length > width ? `${line.slice(0, width - 1)}…` : line;
    });
    stream.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  }

  /** @param {string} line */
  function log(line) {
    erase();
    stream.write(`${line}\n`);
    draw();
  }

  function tick() {
    erase();
    draw();
  }

  return {
    log,
    closeSteps() {
      erase();
      closed = true;
    },
    async step(name, work) {
      const key = Symbol(name);
      const entry = { name, what: '', since: Date.now() };
      running.set(key, entry);
      if (live && !timer) timer = setInterval(tick, FRAME_MS);
      const plain = live
        ? undefined
        : setInterval(
            () => closed || log(`${name}: ${entry.what || 'working'}, ${seconds(Date.now() - entry.since)} so far`),
            PLAIN_EVERY_MS,
          );
      const finish = (/** @type {string | undefined} */ line) => {
        clearInterval(plain);
        erase();
        running.delete(key);
        if (running.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
        if (line !== undefined && !closed) stream.write(`${line}\n`);
        draw();
      };
      try {
        const result = await work({
          say: (what) => {
            entry.what = what;
          },
        });
        const took = Date.now() - entry.since;
        finish(
          quiet && took < 2000 ? undefined : `${paint('32', '✓')} ${name}: ${entry.what || 'done'} (${seconds(took)})`,
        );
        return result;
      } catch (error) {
        // The whole problem is printed once, at the end of the output. Here its first line shows which step failed.
        finish(`${paint('31', '✗')} ${name}: ${describe(error).split('\n')[0]}`);
        throw error;
      }
    },
  };
}
