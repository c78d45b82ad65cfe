import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { TYPESCRIPT } from '../support/children';

const MODULE = path.resolve(__dirname, '../../src/cli/runCommand.ts');

it('a command whose reader has left, as with `| head`, does its work to the end and says nothing of it', async () => {
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
