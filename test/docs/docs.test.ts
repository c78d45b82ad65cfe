/** What the README and the docs promise exists. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SETTING_NAMES } from '../../src/config/settings';

const ROOT = path.resolve(__dirname, '../..');
const read = (file: string) => readFile(path.join(ROOT, file), 'utf8');
const pages = async () => [
  'README.md',
  'bench/README.md',
  ...(await readdir(path.join(ROOT, 'docs'))).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`),
];

describe('the documentation', () => {
  it('lists every setting in the README, and no other', async () => {
    const rows = [...(await read('README.md')).matchAll(/^\| `([A-Z][A-Z_]+)` +\|/gm)].map((match) => match[1]);
    expect(rows.toSorted()).toEqual([...SETTING_NAMES].toSorted());
  });

  it('names only npm scripts that exist', async () => {
    const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };
    const named = new Set<string>();
    for (const page of await pages())
      for (const match of (await read(page)).matchAll(/npm run ([a-z:]+)/g)) named.add(match[1]!);
    expect(named.size).toBeGreaterThan(3);
    expect([...named].filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('links only to files that exist', async () => {
    const broken: string[] = [];
    for (const page of await pages()) {
      for (const match of (await read(page)).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
        if (!existsSync(path.join(ROOT, path.dirname(page), match[1]!))) broken.push(`${page} → ${match[1]}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('has no placeholder left', async () => {
    for (const page of await pages()) expect((await read(page)).match(/\b(TODO|TBD|FIXME|TIME_[A-Z_]+)\b/)).toBeNull();
  });
});
