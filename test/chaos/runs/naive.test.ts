/** The proof that a chaos run can fail, in each of the ways that it counts. */
import { describe, expect, it } from '@jest/globals';
import { chaos, figure, LIMIT_MS, QUICK } from './run';

/**
 * Kinds of buyers whose purchases meet what the plain shop does wrong, in numbers by which each meets it several times:
 * gifts for oversold and free of charge, promo codes for burnt, late payments for lost.
 */
const BUYERS = ['--only', 'gives,enters-code,pays-late', '--purchases', '60', '--rate', '1.5'];

describe('sixty purchases while everything breaks, for a plain in-memory scheduler', () => {
  it(
    'lose, double, get stuck, are sold twice, burn uses and give access for nothing',
    async () => {
      const { code, output } = await chaos(...QUICK, ...BUYERS, '--fault-every', '2', '--seed', 'plain', '--naive');
      expect(code).toBe(1);
      const kinds = ['lost', 'doubled', 'stuck', 'oversold', 'burnt', 'free of charge by mistake'];
      const missing = kinds.filter((kind) => figure(output, `**${kind}**`) === 0);
      expect({ missing, output: missing.length > 0 ? output : '' }).toEqual({ missing: [], output: '' });
      expect(output).toMatch(/(lost|doubled): buyer \d+: \d+ days are paid for, the panels give \d+/);
    },
    LIMIT_MS,
  );
});
