import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { TYPESCRIPT } from '../support/children';

const ROOT = path.resolve(__dirname, '../..');
/** The shape of a real bot token. */
const TOKEN = '123456789:AAEabcdefghijklmnopqrstuvwxyz-_01234';
const SECRET = 'SECRET-0d6f';

/** A process of its own, because what counts is what leaves it. */
const PROGRAM = `
  const { createLogger } = require('./src/config/logger');
  const token = ${JSON.stringify(TOKEN)}, secret = ${JSON.stringify(SECRET)};
  const logger = createLogger('bot', 'info');
  logger.debug('not at this level');
  logger.info({ paymentId: 'p-1', kopecks: 19900 }, 'paid');
  logger.warn('GET https://api.telegram.org/bot' + token + '/getMe failed');
  logger.error({ err: new Error('request to https://api.telegram.org/bot' + token + '/sendMessage failed') }, 'telegram');
  logger.error({ err: Object.assign(new Error('outer'), { cause: new Error('file/bot' + token + '/photos/1.png') }) }, 'cause');
  logger.info(token + ' and once more "' + token + '"');
  for (const field of ['token', 'apiKey', 'secretKey', 'panelApiKey', 'panelUserId', 'subscriptionUrl', 'confirmationUrl', 'authorization', 'panelClientUrl', 'panelAdminUrl']) {
    logger.info({ [field]: secret, deeper: { [field]: secret, deepest: { [field]: secret } }, list: [{ [field]: secret }] }, field);
    logger.child({ [field]: secret }).info('child with ' + field);
  }
`;

let lines: Record<string, any>[];
let output: string;
beforeAll(() => {
  const run = spawnSync(process.execPath, [...TYPESCRIPT, '--input-type=commonjs', '--eval', PROGRAM], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  output = run.stdout;
  lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, any>);
});

describe('what a process logs', () => {
  it('is one line of JSON an event, with the process and the business ids', () => {
    expect(lines[0]).toMatchObject({
      level: 30,
      process: 'bot',
      pid: expect.any(Number),
      paymentId: 'p-1',
      kopecks: 19_900,
      msg: 'paid',
    });
    expect(output).not.toContain('not at this level');
  });

  it('never holds a bot token, wherever in a text it stands: in an address, in an error, in its cause, bare', () => {
    expect(output.includes(TOKEN.split(':')[1]!)).toBe(false);
    expect(lines[1]?.['msg']).toBe('GET https://api.telegram.org/bot[token]/getMe failed');
    expect(lines[2]?.['err'].message).toContain('bot[token]/sendMessage');
    expect(lines[2]?.['err'].stack).toContain('bot[token]/sendMessage');
    expect(lines[4]?.['msg']).toBe('[token] and once more "[token]"');
  });

  it('never holds the value of a secret field, three levels deep and in lists', () => {
    expect(output.includes(SECRET)).toBe(false);
    expect(lines.find(({ msg }) => msg === 'apiKey')).toMatchObject({
      apiKey: '[secret]',
      deeper: { apiKey: '[secret]', deepest: { apiKey: '[secret]' } },
      list: [{ apiKey: '[secret]' }],
    });
  });
});
