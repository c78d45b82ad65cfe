/** How something that somebody has asked for is named, by its workflow and in a button. */
import { describe, expect, it } from '@jest/globals';
import { grantCaseId, readGrantCase, type GrantCase } from '../../src/domain/freeGrant';
import { GRANT_REFERENCE, grantReference, readGrantReference } from '../../src/messages/grantReference';

const source = '0b9f6b3e-1d2c-8a5b-8c7d-0123456789ab';
const CASES: GrantCase[] = [
  { kind: 'trial', source: '4242' },
  { kind: 'promo', source },
  { kind: 'referral', source },
  { kind: 'gift', source, userId: 9_999_999_999 },
];

describe('a free grant', () => {
  it.each(CASES)(
    'is found by the id of its workflow, with words around it, and by the data of a button: $kind',
    (one) => {
      const id = grantCaseId(one);
      for (const text of [id, ` ${id.toUpperCase()} `, `Workflow: <code>${id}</code>.`, `процесс ${id}, спасибо`])
        expect(readGrantCase(text)).toEqual(one);
      expect(grantReference(one)).toMatch(GRANT_REFERENCE);
      expect(readGrantReference(grantReference(one))).toEqual(one);
    },
  );

  it.each([
    '',
    '4242',
    source,
    `payment-${source}`,
    `gift-${source}`,
    `grant-gift-${source}`,
    `grant-promo-4242`,
    'grant-trial-x',
  ])('is not what %j names', (text) => {
    expect(readGrantCase(text)).toBeUndefined();
  });
});
