import { describe, expect, it } from '@jest/globals';
import { fingerprintOf } from '../../src/messages/fingerprint';
import { grantReference } from '../../src/messages/grantReference';
import { decodeAction, encodeAction, type Action } from '../../src/messages/callbackData';

const id = '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab';

describe('callback data', () => {
  it.each<Action>([
    { do: 'menu', where: 'below' },
    { do: 'buy', page: 12 },
    { do: 'servers', location: 'a'.repeat(20), page: 999 },
    { do: 'server', server: '*' },
    { do: 'pay', payment: id },
    { do: 'cancel-sure', payment: id },
    { do: 'gift-at', voucher: '0123456789ABCDEF', location: 'a'.repeat(20), shown: fingerprintOf('what it gives') },
    { do: 'gift-to', voucher: '0123456789ABCDEF', subscription: id, shown: fingerprintOf('what it gives') },
    { do: 'promo-days', subscription: id, shown: fingerprintOf('CODE'), days: 3_650 },
    { do: 'subscriptions', where: 'here', page: 0 },
    { do: 'subscription-book', subscription: id, page: 999 },
    { do: 'speak', language: 'en' },
    { do: 'grant-end-sure', grant: grantReference({ kind: 'gift', source: id, userId: 9_007_199_254_740_991 }) },
    { do: 'hide' },
  ])('comes back as it was sent, within 64 bytes: $do', (action) => {
    const encoded = encodeAction(action);
    expect(Buffer.byteLength(encoded)).toBeLessThanOrEqual(64);
    expect(decodeAction(encoded)).toEqual(action);
  });

  it.each([
    undefined,
    '',
    'v1',
    'v1:',
    'v1:nothing',
    'v0:hide',
    'v2:hide',
    'v1:hide:more',
    'v1:pay',
    'v1:pay:1',
    'v1:grant:trial.x',
    'v1:grant:gift.1.1',
    `v1:grant:${id}`,
    'v1:gift:0123456789abcdef',
    'v1:gift:0123456789ABCDE',
    `v1:pay:${id.toUpperCase()}`,
    `v1:pay:${id}:x`,
    `v1:gift-to:0123456789ABCDEF:${id}:12345678`,
    `v1:gift-to:0123456789ABCDEF:${'-'.repeat(22)}:1234567`,
    `v1:promo-days:${'-'.repeat(21)}:12345678:1`,
    'v1:buy:-1',
    'v1:buy:1e3',
    'v1:server:../etc',
    'v1:servers:nl:0x1',
    'v1:constructor',
    'v1:__proto__',
    'v1:toString',
    'Ж'.repeat(33),
    '\u0000',
    '{"do":"pay"}',
  ])('that no button of ours sends is no action and no crash: %j', (text) => {
    expect(decodeAction(text)).toBeUndefined();
  });
});
