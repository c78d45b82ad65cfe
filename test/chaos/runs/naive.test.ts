/** The proof that a chaos run can fail. */
import { describe, expect, it } from '@jest/globals';
import { chaos, figure, LIMIT_MS, SHORT } from './run';

describe('thirty purchases while everything breaks, for a plain in-memory scheduler', () => {
  it(
    'loses or doubles under the same buyers and faults',
    async () => {
      const { code, output } = await chaos(...SHORT, '--naive');
      expect(code).toBe(1);
      expect(figure(output, '**lost**') + figure(output, '**doubled**')).toBeGreaterThan(0);
      expect(output).toMatch(/(lost|doubled): buyer \d+: \d+ days are paid for, the panels give \d+/);
    },
    LIMIT_MS,
  );
});
