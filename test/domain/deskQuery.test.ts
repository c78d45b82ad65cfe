/** What somebody who searches at the desk may have meant. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readDeskQuery } from '../../src/domain/deskQuery';

const ID = '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab';

describe('a search', () => {
  it.each([
    ['a Telegram id', ' 12345678 ', { userIds: [12_345_678] }],
    ['a name, in any case', 'Иван', { name: 'иван', ids: [], userIds: [] }],
    ['a name of two words', 'Иван Петров', { name: 'иван петров' }],
    ['a @name', '@Ivan_P', { name: 'ivan_p' }],
    ['an id in capitals with words around it', `заказ № ${ID.toUpperCase()}, помогите`, { ids: [ID] }],
    ['a key', `https://panel.example.com/secret/${ID}/#%F0%9F%87%B3%F0%9F%87%B1`, { ids: [ID], name: undefined }],
    ['a link to a gift', 'https://t.me/Shop_bot?start=gift_0123456789ABCDEF', { voucher: '0123456789ABCDEF' }],
    ['the code of a voucher, with dashes', '0123-4567-89ab-cdef', { voucher: '0123456789ABCDEF' }],
    ['an invitation', 'https://t.me/Shop_bot?start=ref_0123ABCD', { referral: '0123ABCD', promo: undefined }],
    ['the code of an invitation', '0123abcd', { referral: '0123ABCD', promo: '0123ABCD' }],
    ['a promo code', 'summer-24', { promo: 'SUMMER-24', referral: undefined }],
    ['full-width digits', '１２３４５', { userIds: [12_345] }],
    ['characters that show nothing', '\u202e12\u200b345\u0000', { userIds: [12, 345] }],
    ['nothing', ' \u0000\u200b\n', { ids: [], userIds: [], name: undefined, promo: undefined }],
    ['a number that no person has', '0000012', { userIds: [] }],
  ])('finds %s', (_what, text, meant) => expect(readDeskQuery(text)).toMatchObject(meant));

  it('reads any text whatever, and never asks for more than ten things of a kind', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 4_096 }), (text) => {
        const { ids, userIds, name } = readDeskQuery(text);
        expect(ids.length).toBeLessThanOrEqual(10);
        expect(userIds.every((id) => Number.isSafeInteger(id) && id > 0)).toBe(true);
        expect(name ?? 'x').not.toContain('\u0000');
      }),
      { numRuns: 300 },
    );
    expect(readDeskQuery('1 '.repeat(2_000)).userIds).toEqual([1]);
    expect(readDeskQuery(Array.from({ length: 500 }, (_, n) => n + 1).join(' ')).userIds).toHaveLength(10);
  });
});
