/** How a chaos run judges gifts, and that its buyers bring each of their fates. */
import { describe, expect, it } from '@jest/globals';
import type { Chats } from '../../chaos/buyers/chats';
import { GIFT_FATES, planBuyers, type GiftFate } from '../../chaos/buyers/plan';
import type { GivenGift } from '../../chaos/buyers/tally';
import { readOptions } from '../../chaos/options';
import { judge, type Ledgers } from '../../chaos/ledgers/external';
import { giftDaysOf, judgeGifts } from '../../chaos/ledgers/gifts';
import { createRandom } from '../../chaos/random';

const GIVER = 1;
const paid = (change: Partial<Ledgers['payments'][number]> = {}) => ({
  ...{ id: 'gift', status: 'succeeded', kopecks: 29_900, refundedKopecks: 0, purpose: 'order of the gift' },
  ...change,
});

interface Case {
  readonly fate?: GiftFate;
  readonly refunded?: number;
  /** Who has how many days on the panels. */
  readonly accounts?: readonly [buyer: number, days: number][];
  readonly claimants?: readonly number[];
  /** Who has read that it is theirs. */
  readonly told?: readonly number[];
  readonly isClaimable?: boolean;
  /** Payments for themselves. */
  readonly own?: readonly [buyer: number, kopecks: number][];
}

/** @returns the counts that are not 0 */
function judged({ fate = 'claimed', refunded = 0, accounts = [], claimants = [], told = [], own = [], ...one }: Case) {
  const gift: GivenGift = {
    ...{ giverId: GIVER, providerRef: 'gift', days: 30, fate, isLivedThrough: true },
    claimants: new Set(claimants),
  };
  const bought = own.map(([buyerId, kopecks], index) => ({ buyerId, kopecks, providerRef: `own ${index}` }));
  const ledgers: Ledgers = {
    payments: [
      paid({ refundedKopecks: refunded }),
      ...bought.map(({ providerRef: id, kopecks }) => paid({ id, kopecks, purpose: id })),
    ],
    accounts: accounts.map(([buyerId, days]) => ({ buyerId, days })),
  };
  const forms = [{ buyerId: GIVER, providerRef: 'gift' }, ...bought];
  const chats = {
    of: (id: number) => ({ messages: new Map([[1, { text: told.includes(id) ? 'The gift is yours' : '' }]]) }),
  } as unknown as Pick<Chats, 'of'>;
  const claimable = new Set(one.isClaimable === true ? ['gift'] : []);
  const gifts = judgeGifts(ledgers, { gifts: [gift], forms }, chats, claimable);
  const { lost, doubled, lostFree, doubledFree, unpaid } = judge(
    ledgers,
    forms,
    new Map(),
    giftDaysOf([gift], ledgers, chats),
  );
  const counts = {
    ...{ lost: lost.length, doubled: doubled.length + doubledFree.length, unpaid: unpaid.length },
    ...{ lostFree: lostFree.length + gifts.lost.length, oversold: gifts.oversold.length, burnt: gifts.burnt.length },
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

describe('a gift', () => {
  it.each<[string, Case, Record<string, number>]>([
    ['its receiver has it', { claimants: [2], told: [2], accounts: [[2, 31]] }, {}],
    ['it waits', { isClaimable: true }, {}],
    ['its giver has it', { claimants: [GIVER], told: [GIVER], accounts: [[GIVER, 30]] }, {}],
    ['one of two has it', { claimants: [2, 3], told: [2], accounts: [[2, 30]] }, {}],
    ['it is added to what they have', { claimants: [2], told: [2], own: [[2, 9_900]], accounts: [[2, 38]] }, {}],
    ['it was claimed, and its money went back', { refunded: 29_900, claimants: [2], told: [2] }, {}],
    ['a half went back', { refunded: 14_950, claimants: [2], told: [2], accounts: [[2, 16]] }, {}],
    ['it is theirs, and they have nothing', { claimants: [2], told: [2] }, { lost: 1 }],
    [
      'it is theirs, and it was not added',
      { claimants: [2], told: [2], own: [[2, 9_900]], accounts: [[2, 8]] },
      { lost: 1 },
    ],
    ['what they had was not kept', { claimants: [2], told: [2], own: [[2, 9_900]], accounts: [[2, 30]] }, { lost: 1 }],
    ['it was added twice', { claimants: [2], told: [2], accounts: [[2, 61]] }, { doubled: 1 }],
    [
      'two have it',
      {
        ...{ claimants: [2, 3], told: [2, 3] },
        accounts: [
          [2, 30],
          [3, 30],
        ],
      },
      { oversold: 1, lost: 0 },
    ],
    ['nobody has it, and nobody can claim it', {}, { burnt: 1 }],
    [
      'its money went back, and they have it',
      { refunded: 29_900, claimants: [2], told: [2], accounts: [[2, 30]] },
      { unpaid: 1 },
    ],
    [
      'its money went back, and it still counts beside what they have',
      { refunded: 29_900, claimants: [2], told: [2], own: [[2, 9_900]], accounts: [[2, 38]] },
      { doubled: 1 },
    ],
    [
      'a half went back, and all of it counts',
      { refunded: 14_950, claimants: [2], told: [2], accounts: [[2, 31]] },
      { doubled: 1 },
    ],
    ['somebody has it who was not to', { fate: 'returned', isClaimable: true, accounts: [[2, 30]] }, { unpaid: 1 }],
    [
      'it is theirs, and its giver has cancelled it',
      { fate: 'claim-races-cancel', refunded: 29_900, claimants: [2], told: [2] },
      { lostFree: 1 },
    ],
  ])('%s', (_, one, expected) => {
    expect(judged(one)).toEqual(Object.fromEntries(Object.entries(expected).filter(([, count]) => count > 0)));
  });
});

describe('the buyers of a run', () => {
  const gifts = (purchases: number, seed: string) =>
    planBuyers(createRandom(seed).fork('buyers'), purchases, 2).filter(({ kind }) => kind === 'gives');

  it.each(['7', '11'])('bring each fate of a gift, several times in 500 purchases: seed %s', (seed) => {
    const fates = gifts(500, seed);
    for (const fate of GIFT_FATES)
      expect([fate, fates.filter(({ giftFate }) => giftFate === fate).length > 1]).toEqual([fate, true]);
  });

  it('can be of some kinds only', () => {
    const options = readOptions(['--only', 'gives,leaves']);
    const only = options === 'help' ? [] : options.only;
    const kinds = planBuyers(createRandom('1'), 100, 2, only).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['gives', 'leaves']));
    expect(() => readOptions(['--only', 'nobody'])).toThrow('--only takes');
    expect(() => readOptions(['--only', 'claims'])).toThrow('orders something');
  });
});
