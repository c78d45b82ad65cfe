import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';

const PINO_WARN = 40;

/**
 * Decides what of a log line a person at the terminal should see: warnings, errors and nothing else.
 * @param {string} line one line of a process: pino JSON or plain text
 * @returns {string | undefined} the text to show
 */
export function importantPart(line) {
  if (line.startsWith('{')) {
    try {
      const entry = JSON.parse(line);
      if (typeof entry.level !== 'number') return undefined;
      if (entry.level < PINO_WARN) return undefined;
      const cause = entry.err?.message ?? entry.error?.message ?? entry.reason;
      return cause && cause !== entry.msg ? `${entry.msg}: ${cause}` : String(entry.msg ?? line);
    } catch {
      // It is not JSON.
    }
  }
  return /\b(error|fatal|panic|warn(ing)?)\b/i.test(line) ? line : undefined;
}

/**
 * A process's log file; the one of the run before is kept beside it as NAME.old.log.
 * @param {string} dir
 * @param {string} name
 */
export function openLog(dir, name) {
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, `${name}.log`);
  if (existsSync(file)) renameSync(file, path.join(dir, `${name}.old.log`));
  const stream = createWriteStream(file);
  stream.on('error', () => {});
  /** @type {string[]} */
  const tail = [];
  return {
    file,
    /** The last lines, for the error that says why a process ended. */
    tail: () => [...tail],
    /** @param {string} line */
    write(line) {
      stream.write(`${line}\n`);
      tail.push(line);
      if (tail.length > 15) tail.shift();
    },
    close: () => stream.end(),
  };
}

/**
 * Calls `onLine` for every complete line of a stream.
 * @param {import('node:stream').Readable | null} stream
 * @param {(line: string) => void} onLine
 */
export function eachLine(stream, onLine) {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (/** @type {string} */ chunk) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
  });
  stream?.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
