/**
 * A kill at every step, a short chaos run on the real processes, and the proof that it can fail. The long ones are in
 * chaos/README.md. All in one file, because two runs at once are more than a small machine can do in their time.
 */
import { describe, expect, it } from '@jest/globals';
import { STEPS } from '../../chaos/steps/steps';
import { chaos, figure } from './run';

const LIMIT_MS = 1_500_000;
const SHORT = ['--purchases', '30', '--rate', '1', '--fault-every', '1', '--temporal', 'dev', '--seed', 'ci'];

const ENDS = {
  purchase: 'record: issued; YooKassa: succeeded 299 RUB; panels: 31 days; chat: 1 key',
  renewal: 'record: issued + issued; YooKassa: succeeded 299 RUB + succeeded 99 RUB; panels: 38 days; chat: 1 key',
  refund: 'record: refunded; YooKassa: succeeded 299 RUB, 299 returned; panels: nothing; chat: 0 keys',
};

describe('a kill at every step, just before its effect and just after it', () => {
  it(
    'each flow ends the same, whichever step was hit',
    async () => {
      const { code, output } = await chaos('--steps', '--temporal', 'dev');
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringContaining('Nothing lost, nothing doubled, nothing stuck.'),
      });
      for (const [flow, end] of Object.entries(ENDS)) {
        const times = 2 * STEPS.filter(({ flows }) => (flows as readonly string[]).includes(flow)).length;
        expect(output).toContain(`${flow}, killed at ${times} moments: ${end}\n`);
      }
      for (const { name } of STEPS) expect(output).toMatch(new RegExp(`^\\| ${name} \\|.*before, after`, 'm'));
      expect(output).not.toContain('NOT');
    },
    LIMIT_MS,
  );
});

describe('thirty purchases while everything breaks', () => {
  it(
    'nobody loses a rouble, nobody gets two, nothing stays stuck',
    async () => {
      const { code, output } = await chaos(...SHORT);
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringContaining('Nothing lost, nothing doubled, nothing stuck.'),
      });
      expect(figure(output, '**lost**') + figure(output, '**doubled**') + figure(output, '**stuck**')).toBe(0);
      expect(output).toContain('| audit | no differences |');
      expect(figure(output, 'of them paid')).toBeGreaterThan(15);
      expect(figure(output, 'faults injected')).toBeGreaterThan(15);
      expect(figure(output, 'processes killed')).toBeGreaterThan(3);
    },
    LIMIT_MS,
  );

  it(
    'a plain in-memory scheduler loses or doubles under the same buyers and faults: the run can fail',
    async () => {
      const { code, output } = await chaos(...SHORT, '--naive');
      expect(code).toBe(1);
      expect(figure(output, '**lost**') + figure(output, '**doubled**')).toBeGreaterThan(0);
      expect(output).toMatch(/(lost|doubled): buyer \d+: \d+ days are paid for, the panels give \d+/);
    },
    LIMIT_MS,
  );
});
