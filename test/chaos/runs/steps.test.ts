/** A kill at every step of a purchase, a renewal, a refund and a gift, on the real processes. */
import { describe, expect, it } from '@jest/globals';
import { STEPS } from '../../../chaos/steps/steps';
import { chaos, LIMIT_MS, QUICK } from './run';

const GIVEN = 'database: issued; YooKassa: succeeded 299 RUB; panels: 30 days; chat: 2 keys';
const ENDS = {
  purchase: 'database: issued; YooKassa: succeeded 299 RUB; panels: 30 days; chat: 1 key',
  renewal: 'database: issued + issued; YooKassa: succeeded 99 RUB + succeeded 299 RUB; panels: 37 days; chat: 1 key',
  refund: 'database: refunded; YooKassa: succeeded 299 RUB, 299 returned; panels: nothing; chat: 0 keys',
  // The link of a gift counts as a key.
  gift: GIVEN,
  claim: GIVEN,
  return: GIVEN,
  'gift refund': 'database: refunded; YooKassa: succeeded 299 RUB, 299 returned; panels: nothing; chat: 2 keys',
  'reward refund':
    'database: issued + refunded; YooKassa: succeeded 299 RUB + succeeded 299 RUB, 299 returned; panels: 30 days; chat: 3 keys',
};

describe('a kill at every step, just before its effect and just after it', () => {
  it(
    'each flow ends the same, whichever step was hit',
    async () => {
      const { code, output } = await chaos('--steps', ...QUICK);
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
