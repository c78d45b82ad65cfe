import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { TYPESCRIPT } from '../support/children';

const MODULE = path.resolve(__dirname, '../../src/cli/runCommand.ts');

it('a command whose output pipe is closed, as by `| head`, does its work to the end without an error', async () => {
  const code = `
    const { runCommand } = require(${JSON.stringify(MODULE)});
    runCommand(async () => {
      for (let line = 0; line < 2000; line += 1) { console.log('x'.repeat(200)); await new Promise(setImmediate); }
      console.error('done');
      return 3;
    }, { expected: [] });`;
  const child = spawn(process.execPath, [...TYPESCRIPT, '--eval', code], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.once('data', () => child.stdout.destroy());
  const [exit] = (await once(child, 'close')) as [number | null];
  expect({ exit, said }).toEqual({ exit: 3, said: 'done\n' });
}, 60_000);

it.each([
  'payment show 1',
  'audit',
  'doctor',
  'promo list',
  'vouchers list',
  'referral show 5',
  'roles list',
  'catalog export never.json',
])(
  '`npm run %s` where no shop runs says that, instead of naming settings',
  async (words) => {
    const [command, ...rest] = words.split(' ');
    const child = spawn(
      process.execPath,
      [...TYPESCRIPT, path.resolve(__dirname, `../../src/cli/${command}.ts`), ...rest],
      {
        env: {
          PATH: process.env['PATH'],
          DATABASE_URL: '',
          YOOKASSA_SHOP_ID: '100500',
          YOOKASSA_SECRET_KEY: 'test_secret',
        },
        cwd: path.resolve(__dirname, '../..'),
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [exit] = (await once(child, 'close')) as [number | null];
    expect(said).toContain('The shop is not running in this folder: `npm start` starts it');
    expect(said).not.toContain('is missing');
    expect(exit).not.toBe(0);
  },
  60_000,
);
