/** A short chaos run on the real processes, and the proof that it can fail. The long ones are in chaos/README.md. */
import { describe, expect, it } from '@jest/globals';
import { chaos, figure } from './run';

const LIMIT_MS = 900_000;
const SHORT = ['--purchases', '30', '--rate', '1', '--fault-every', '1', '--temporal', 'dev', '--seed', 'ci'];

describe('thirty purchases while everything breaks', () => {
  it('nobody loses a rouble, nobody gets two, nothing stays stuck', async () => {
    const { code, output } = await chaos(...SHORT);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('Nothing lost, nothing doubled, nothing stuck.') });
    expect(figure(output, '**lost**') + figure(output, '**doubled**') + figure(output, '**stuck**')).toBe(0);
    expect(output).toContain('| audit | no differences |');
    expect(figure(output, 'of them paid')).toBeGreaterThan(15);
    expect(figure(output, 'faults injected')).toBeGreaterThan(15);
    expect(figure(output, 'processes killed')).toBeGreaterThan(3);
  }, LIMIT_MS);

  it('a plain in-memory scheduler loses or doubles under the same buyers and faults: the run can fail', async () => {
    const { code, output } = await chaos(...SHORT, '--naive');
    expect(code).toBe(1);
    expect(figure(output, '**lost**') + figure(output, '**doubled**')).toBeGreaterThan(0);
    expect(output).toMatch(/(lost|doubled): buyer \d+: \d+ days are paid for, the panels give \d+/);
  }, LIMIT_MS);
});
