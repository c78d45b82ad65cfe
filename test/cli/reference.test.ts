/** What support may type or paste to name a payment. */
import { describe, expect, it } from '@jest/globals';
import { readReference } from '../../src/support/reference';

const ID = '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab';

describe('a reference to a payment', () => {
  it.each([
    '0b9f6b3e',
    '0B9F6B3E',
    ' 0b9f6b3e ',
    '#0b9f6b3e',
    '№0b9f6b3e',
    '№ 0b9f6b3e.',
    'Заказ 0b9f6b3e',
    'заказ0b9f6b3e',
    'Order: 0B9F6B3E, please',
    '<code>0b9f6b3e</code>',
    '«0b9f6b3e»',
  ])('%j is an order number', (text) => {
    expect(readReference(text)).toEqual({ ids: [], orderNumbers: ['0b9f6b3e'], userIds: [] });
  });

  it.each([ID, ID.toUpperCase(), `payment ${ID}.`, `payment-${ID}`])('%j is a whole id', (text) => {
    expect(readReference(text).ids).toEqual([ID]);
  });

  it('the whole text of the support screen names the buyer and the order', () => {
    expect(readReference('Ваш номер: 424242\nПоследний заказ: 0b9f6b3e')).toEqual({
      ids: [],
      orderNumbers: ['0b9f6b3e'],
      userIds: [424_242],
    });
  });

  it('eight digits may be an order number and a Telegram id', () => {
    expect(readReference('12345678')).toEqual({ ids: [], orderNumbers: ['12345678'], userIds: [12_345_678] });
  });

  it.each(['', 'hello', '0b9f6b3', '0b9f6b3e1', 'x0b9f6b3e', "'; DROP TABLE payments"])('%j names nothing', (text) => {
    expect(readReference(text)).toEqual({ ids: [], orderNumbers: [], userIds: [] });
  });
});
