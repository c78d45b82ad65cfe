/** docs/traps.md names tests: each must be there under that name, and each switch must be known to its stand-in. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = path.resolve(__dirname, '../..');
const text = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const sections = text('docs/traps.md').split(/^## /m).slice(1);

describe.each(sections.map((section) => [section.split('\n')[0]!, section] as const))('%s', (service, section) => {
  const rows = [...section.matchAll(/^\| ((?:S )?[\d., ]+?) +\| (.+?) +\| (.+?) +\| `([\w/]+)` (.+?) +\|$/gm)].map(
    ([, , trap, standIn, file, title]) => ({ trap: trap!, standIn: standIn!, file: file!, title: title! }),
  );

  it('has nothing but whole rows', () => {
    expect(rows).toHaveLength(section.split('\n').filter((line) => line.startsWith('|')).length - 2);
  });
  it.each(rows.map((row) => [row.trap, row] as const))('%s', (_trap, { file, title, standIn }) => {
    expect(text(`test/${file.replace(/^gw\//, 'gateways/')}.test.ts`)).toContain(title);
    const faults = text(`simulators/${service.toLowerCase()}/faults.ts`);
    for (const [, name] of standIn.matchAll(/`(\w+)`/g)) expect(faults).toMatch(new RegExp(`\\b${name}\\??:`));
  });
});
