import { describe, expect, it } from '@jest/globals';
import { runNode } from './run';

describe('import rules and lint rules', () => {
  it('catch every planted mistake and leave correct code alone', async () => {
    const { code, output } = await runNode(['scripts/check-rules.mjs']);
    expect(output).toMatch(/^(\d+) of \1 planted mistakes were caught, 0 false alarms\.$/m);
    expect(code).toBe(0);
  });
});
