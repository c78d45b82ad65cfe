import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { mustRun } from './commands.mjs';

/** If there is no answer within this time, the next source is tried: behind a firewall no answer may ever come. */
const ANSWER_MS = 6000;
/** A download that has begun may take long, but not stand still. */
const STALL_MS = 20_000;

/**
 * @param {string} url
 * @returns {Promise<Response>}
 * @throws {Error} in one short sentence
 */
export async function get(url) {
  const host = new URL(url).host;
  let response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  } catch (error) {
    const cause = /** @type {any} */ (error).cause;
    throw new Error(`${host} can't be reached (${cause?.code ?? /** @type {Error} */ (error).name})`);
  }
  if (!response.ok) throw new Error(`${host} answered ${response.status}`);
  return response;
}

/**
 * Downloads an archive and unpacks it.
 * @param {string} url a .tar.gz
 * @param {string} dir made, and filled
 * @param {(what: string) => void} say
 */
export async function downloadArchive(url, dir, say) {
  const host = new URL(url).host;
  const controller = new AbortController();
  let timer = setTimeout(() => controller.abort(), ANSWER_MS);
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, 'archive.tar.gz');
  try {
    const response = await fetch(url, { signal: controller.signal });
    if (!response.ok || !response.body) throw new Error(`${host} answered ${response.status}`);
    const total = Number(response.headers.get('content-length')) || undefined;
    const out = createWriteStream(file);
    let received = 0;
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(), STALL_MS);
      received += chunk.length;
      say(`downloading from ${host}, ${Math.round(received / 1e6)}${total ? ` of ${Math.round(total / 1e6)}` : ''} MB`);
      if (!out.write(chunk)) await new Promise((resolve) => out.once('drain', resolve));
    }
    await new Promise((resolve, reject) =>
      out.end((/** @type {unknown} */ error) => (error ? reject(error) : resolve(undefined))),
    );
  } catch (error) {
    const cause = /** @type {any} */ (error).cause;
    if (controller.signal.aborted) throw new Error(`${host} doesn't answer`);
    throw new Error(cause?.code ? `${host} can't be reached (${cause.code})` : /** @type {Error} */ (error).message);
  } finally {
    clearTimeout(timer);
  }
  await mustRun('tar', ['-xzf', file, '-C', dir]);
  rmSync(file);
}

/** The names temporal.download uses for this machine. */
export const platform = () => ({
  os: process.platform === 'darwin' ? 'darwin' : 'linux',
  arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
});
