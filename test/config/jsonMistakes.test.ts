import { describe, expect, it } from '@jest/globals';
import { jsonMistakes } from '../../src/config/jsonMistakes';

describe('a mistake is where it was made', () => {
  it.each([
    ['{"a": x}', 'line 1, column 7'],
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3'],
    ['{\n  "a": 1,\n}', 'line 3, column 1'],
    ['[1, 2,]', 'line 1, column 7'],
    ["{'a': 1}", 'line 1, column 2'],
    ['{"a" 1}', 'line 1, column 6'],
    ['{"a": "one\ntwo"}', 'line 1, column 7'],
    ['{"a": "\\x"}', 'line 1, column 7'],
    ['{"a": 01}', 'line 1, column 8'],
    ['{"a": 1} {', 'line 1, column 10'],
    ['{"a": 1, // the price\n"b": 2}', 'line 1, column 10'],
    ['{"a": [1, {"b": 2}', 'the file ends too early'],
    ['', 'the file ends too early'],
  ])('%j', (text, where) => {
    const [mistake, ...more] = jsonMistakes(text);
    expect(more).toEqual([]);
    expect(mistake).toContain(`it is not JSON: ${where}: expected `);
    expect(() => JSON.parse(text)).toThrow();
  });

  it('a nesting that would overflow the stack is refused', () => {
    expect(jsonMistakes('['.repeat(100_000))).toEqual([expect.stringContaining('less nesting')]);
  });
});

describe('a name that is there twice', () => {
  it('is found at every depth, by its path and its second place, however it is escaped', () => {
    expect(
      jsonMistakes('{"plans": [],\n "servers": [{}, {"panel": {"apiKey": 1, "apiKey": 2}}],\n "pl\\u0061ns": []}'),
    ).toEqual([
      'servers[1].panel.apiKey is there twice, again at line 2, column 42',
      'plans is there twice, again at line 3, column 2',
    ]);
  });
  it('is told together with what is no JSON, and without what may be a secret', () => {
    const key = '5f0c7a52-3d1e-4c6b-9a84-1e2d3c4b5a69';
    expect(jsonMistakes(`{"${key}": 1, "${key}": 2, "a": ${key}}`)).toEqual([
      'a name is there twice, again at line 1, column 45',
      expect.stringContaining('it is not JSON: line 1, column 94'),
    ]);
  });
  it('in two objects is none', () => {
    expect(jsonMistakes('[{"code": "a"}, {"code": "b", "name": {"code": 1}}]')).toEqual([]);
  });
});

it.each([
  '{}',
  ' [ ] \n',
  '"text"',
  '-0.5e+10',
  'null',
  '{"a": {"b": [1, "\\u00e9 \\" \\\\", true]}, "": 2, "__proto__": 3}',
])('%j is JSON', (text) => {
  expect(jsonMistakes(text)).toEqual([]);
  expect(() => JSON.parse(text)).not.toThrow();
});
