/**
 * A worker evaluates the modules of workflows once for all of its runs (`scripts/lib/bundle-workflows.mjs`): a variable
 * of a module would carry what one payment has written into the next, and replay would differ.
 */
import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { workflowBundle } from '../support/workflow-bundle';

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent: readonly string[];
}

/** The sources in the bundle that are ours, by path below the repository. */
async function ourModules(): Promise<Map<string, string>> {
  const bundle = await readFile((await workflowBundle()).codePath, 'utf8');
  const map = Buffer.from(bundle.slice(bundle.lastIndexOf('base64,') + 'base64,'.length), 'base64').toString();
  const { sources, sourcesContent } = JSON.parse(map) as SourceMap;
  const modules = sources.map((source, at) => [source, sourcesContent[at] ?? ''] as const);
  return new Map(
    modules
      .filter(([source]) => /\/src\/.+\.ts$/.test(source) && !source.includes('node_modules'))
      .map(([source, content]) => [source.slice(source.lastIndexOf('/src/') + 1), content]),
  );
}

/** Lines at a module's top level (Prettier begins no other line at its first column) that hold something changeable. */
const changeable = (content: string): string[] =>
  content.split('\n').filter((line) => {
    if (/^(export )?(let|var) /.test(line)) return true;
    const [, type, value] = /^(?:export )?const \w+(?:: ([^=]+?))? = (.*)$/.exec(line) ?? [];
    if (value === undefined || /^Readonly|\breadonly\b/.test(type ?? '')) return false;
    return /^new (Map|Set|WeakMap|WeakSet|Array)\b/.test(value) || /^(\[\]|\{\});/.test(value);
  });

test('no module of a workflow holds a variable or a collection that can be changed', async () => {
  const modules = await ourModules();
  expect(modules.size).toBeGreaterThan(30);
  expect([...modules.keys()]).toEqual(expect.arrayContaining(['src/workflows/payment/payment.ts']));
  expect([...modules].filter(([, content]) => content === '').map(([file]) => file)).toEqual([]);
  const found = [...modules].flatMap(([file, content]) => changeable(content).map((line) => `${file}: ${line}`));
  expect(found).toEqual([]);
});

test('such lines are recognized', () => {
  const lines = [
    'let calls = 0;',
    'export var last;',
    'const seen = new Set<string>();',
    'const byId: Map<string, number> = new Map();',
    'export const waiting: string[] = [];',
  ];
  expect(changeable(lines.join('\n'))).toEqual(lines);
  const fixed = [
    "const ENDED: ReadonlySet<string> = new Set(['issued']);",
    "const NOTES = { issued: '' };",
    '  let n;',
  ];
  expect(changeable(fixed.join('\n'))).toEqual([]);
});
