/** A kill at every step of a purchase, a renewal and a refund, just before its effect and just after it. */
import { describe, expect, it } from '@jest/globals';
import { STEPS } from '../../chaos/steps/steps';
import { chaos } from './run';

const ENDS = {
  purchase: 'record: issued; YooKassa: succeeded 299 RUB; panels: 31 days; chat: 1 key',
  renewal: 'record: issued + issued; YooKassa: succeeded 299 RUB + succeeded 99 RUB; panels: 38 days; chat: 1 key',
  refund: 'record: refunded; YooKassa: succeeded 299 RUB, 299 returned; panels: nothing; chat: 0 keys',
};

describe('a kill at every step', () => {
  it('each story ends the same, whichever step was hit', async () => {
    const { code, output } = await chaos('--steps', '--temporal', 'dev');
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('Nothing lost, nothing doubled, nothing stuck.') });
    for (const [story, end] of Object.entries(ENDS)) {
      const times = 2 * STEPS.filter(({ stories }) => (stories as readonly string[]).includes(story)).length;
      expect(output).toContain(`${story}, ${times} times: ${end}\n`);
    }
    for (const { name } of STEPS) expect(output).toMatch(new RegExp(`^\\| ${name} \\|.*before, after`, 'm'));
    expect(output).not.toContain('NOT');
  }, 900_000);
});
