import { describe, expect, it } from '@jest/globals';
import { catalogueQuestions, type CatalogueChange, type SoldCounts } from '../../src/domain/catalogueQuestions';

const sold = (part: keyof SoldCounts, before: number, retired: number): SoldCounts => ({
  locations: { before: 3, retired: 0 },
  servers: { before: 3, retired: 0 },
  plans: { before: 3, retired: 0 },
  [part]: { before, retired },
});
const priced = (after: number | null, before?: number | null, column = 'price_kopecks'): CatalogueChange => ({
  part: 'plans',
  code: 'month',
  kind: before === undefined ? 'added' : 'changed',
  columns: [before === undefined ? { column, after } : { column, before, after }],
});

describe('who retires', () => {
  it.each(['locations', 'servers', 'plans'] as const)('more than half of the %s is asked', (part) => {
    expect(catalogueQuestions([], sold(part, 4, 3))).toEqual([{ about: 'retired', part, retired: 3, before: 4 }]);
    expect(catalogueQuestions([], sold(part, 1, 1))).toEqual([{ about: 'retired', part, retired: 1, before: 1 }]);
    expect(catalogueQuestions([], sold(part, 4, 2))).toEqual([]);
    expect(catalogueQuestions([], sold(part, 0, 0))).toEqual([]);
  });
});

describe('a price', () => {
  it.each([
    ['of roubles written as kopecks', 299, undefined],
    ['of roubles written as kopecks, changed', 299, 29_900],
    ['of kopecks counted twice', 2_990_000, undefined],
    ['with a digit too few', 2_990, undefined],
    ['five times as high', 149_500, 29_900],
    ['of a fifth', 19_900, 99_500],
  ])('%s is asked about', (_what, after, before) => {
    expect(catalogueQuestions([priced(after, before)], sold('plans', 3, 0))).toEqual([
      { about: 'price', plan: 'month', currency: 'RUB', before: before ?? null, after },
    ]);
  });
  it.each([
    [29_900, undefined],
    [1_000, undefined],
    [19_900, 29_900],
    [99_900, 29_900],
    [2_000_000, undefined],
  ])('%d after %s is not', (after, before) => {
    expect(catalogueQuestions([priced(after, before)], sold('plans', 3, 0))).toEqual([]);
  });
  it.each([
    ['of kopecks written as Stars', 29_900, undefined],
    ['of Stars with a digit too many', 2_500, 250],
    ['of a Star or two', 2, undefined],
    ['in Stars for a plan that had none', 20_000, null],
  ])('%s is asked about', (_what, after, before) => {
    expect(catalogueQuestions([priced(after, before, 'price_stars')], sold('plans', 3, 0))).toEqual([
      { about: 'price', plan: 'month', currency: 'XTR', before: before ?? null, after },
    ]);
  });
  it.each([
    [250, undefined],
    [250, null],
    [300, 250],
    [null, 250],
  ])('in Stars, %s after %s, is not', (after, before) => {
    expect(catalogueQuestions([priced(after, before, 'price_stars')], sold('plans', 3, 0))).toEqual([]);
  });
  it('that did not change is not asked about again', () => {
    const renamed: CatalogueChange = {
      part: 'plans',
      code: 'day',
      kind: 'changed',
      columns: [{ column: 'name_en', before: 'A day', after: 'One day' }],
    };
    expect(catalogueQuestions([renamed], sold('plans', 3, 0))).toEqual([]);
  });
});
