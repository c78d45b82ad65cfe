/** docs/architecture.md is a map: whatever it names must be there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = path.resolve(__dirname, '../..');
const page = readFileSync(path.join(ROOT, 'docs/architecture.md'), 'utf8');

/** Paths in backticks: they begin with a folder or file of the root, and hold no pattern. */
const named = [...new Set([...page.matchAll(/`([^`\s<>*]+)`/g)].map(([, text]) => text!))].filter(
  (text) =>
    /^(src|test|docs|scripts|simulators|demo|bench|chaos|ops|\.ci)\//.test(text) ||
    /^[.\w-]+\.(cjs|json|md|yml|example)$/.test(text),
);

describe('docs/architecture.md', () => {
  it('names only paths that exist', () => {
    expect(named.length).toBeGreaterThan(30);
    expect(named).toEqual(expect.arrayContaining(['.ci/run', '.env.example', 'ops/gigabridge-bot.service']));
    expect(named.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it('has a row for every room of src/', () => {
    const rooms = readdirSync(path.join(ROOT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `src/${name}`);
    const rows = [...page.matchAll(/^\| `(src\/\w+)` /gm)].map(([, room]) => room);
    expect(rows.toSorted()).toEqual(rooms.toSorted());
  });

  it('maps folders that each have a README saying what belongs in them', () => {
    const silent = readdirSync(path.join(ROOT, 'src')).filter(
      (room) => !existsSync(path.join(ROOT, 'src', room, 'README.md')),
    );
    expect(silent).toEqual([]);
  });
});
