/** A short chaos run on the real processes. The long ones are in chaos/README.md. */
import { describe, expect, it } from '@jest/globals';
import { chaos, figure, LIMIT_MS, SHORT } from './run';

describe('thirty purchases while everything breaks', () => {
  it(
    'no money is lost, nobody is charged or served twice, and nothing stays stuck',
    async () => {
      const { code, output } = await chaos(...SHORT);
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringContaining('Nothing lost, nothing doubled, nothing stuck.'),
      });
      expect(figure(output, '**lost**') + figure(output, '**doubled**') + figure(output, '**stuck**')).toBe(0);
      expect(output).toContain('| audit while orders were open | compared |');
      expect(output).toContain('| audit | no differences |');
      expect(figure(output, 'of them paid')).toBeGreaterThan(15);
      expect(figure(output, 'faults injected')).toBeGreaterThan(15);
      expect(figure(output, 'processes killed')).toBeGreaterThan(3);
    },
    LIMIT_MS,
  );
});
