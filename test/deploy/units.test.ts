/** The systemd units of bot and worker as processes of their own. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BOT_SETTINGS, WORKER_SETTINGS } from '../../src/config/settings';
import { fileText, ROOT } from './compose';

/** The values of a key, in their order. */
function unit(name: string): (key: string) => string[] {
  const lines = fileText(`ops/gigabridge-${name}.service`).split('\n');
  return (key) => lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
}

describe.each([
  ['bot', WORKER_SETTINGS],
  ['worker', BOT_SETTINGS],
] as const)('the unit of the %s', (name, ofTheOther) => {
  const values = unit(name);

  it('gives it everything but what only the other one reads', () => {
    expect(values('UnsetEnvironment').flatMap((line) => line.split(' '))).toEqual([...ofTheOther]);
    expect(values('EnvironmentFile')).toEqual(['/etc/gigabridge/shop.env', `/etc/gigabridge/${name}.env`]);
  });

  it('starts what the build makes, as a user of its own who sees no other user’s processes', () => {
    const [, program = ''] = /^\/usr\/bin\/node --enable-source-maps (\S+)$/.exec(values('ExecStart')[0] ?? '') ?? [];
    expect(existsSync(path.join(ROOT, program))).toBe(true);
    expect(values('User')).toEqual([`gigabridge-${name}`]);
    expect(values('ProtectProc')).toEqual(['invisible']);
  });

  it('lets a running call end', () => {
    const shutdown = {
      worker: /shutdownForceTime: '(\d+)s'/.exec(fileText('src/worker/createWorkers.ts'))?.[1],
      bot: String(
        Number(/STOP_WITHIN_MS = ([\d_]+)/.exec(fileText('src/bot/main.ts'))?.[1]?.replaceAll('_', '')) / 1000,
      ),
    };
    expect(Number(values('TimeoutStopSec')[0])).toBeGreaterThan(Number(shutdown[name]));
  });
});
