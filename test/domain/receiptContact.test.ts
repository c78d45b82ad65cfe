/** Where a receipt can be sent: what is accepted of what people type, and what is refused. */
import { describe, expect, it } from '@jest/globals';
import {
  maskedContact,
  readReceiptContact,
  receiptContactOf,
  receiptContactText,
} from '../../src/domain/receiptContact';

describe('an e-mail address', () => {
  it.each([
    ['ann@example.com', 'ann@example.com'],
    ['  Ann.Lee+shop@Example.COM ', 'Ann.Lee+shop@example.com'],
    ['mailto:ann@example.com', 'ann@example.com'],
    ['<ann@example.com>', 'ann@example.com'],
    ['a@b.co', 'a@b.co'],
    ['анна@почта.рф', undefined],
    ['ann@почта.рф', 'ann@xn--80a1acny.xn--p1ai'],
    ['ann', undefined],
    ['ann@', undefined],
    ['@example.com', undefined],
    ['ann@localhost', undefined],
    ['ann@127.0.0.1', undefined],
    ['ann lee@example.com', undefined],
    ['ann..lee@example.com', undefined],
    ['.ann@example.com', undefined],
    ['ann@example..com', undefined],
    ['ann@-example.com', undefined],
    ['ann@ex_ample.com', undefined],
    ['ann@example.com, bob@example.com', undefined],
    ['ann@example.com\nBcc: x@example.com', undefined],
    [`${'a'.repeat(65)}@example.com`, undefined],
    [`a@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(63)}.com`, undefined],
  ])('%j is read as %j', (text, email) => {
    expect(readReceiptContact(text, 'email')).toEqual(email === undefined ? undefined : { email });
  });
});

describe('a phone number', () => {
  it.each([
    ['+7 (900) 123-45-67', '79001234567'],
    ['8 900 123 45 67', '79001234567'],
    ['79001234567', '79001234567'],
    ['9001234567', '79001234567'],
    ['+375 29 123-45-67', '375291234567'],
    ['123', undefined],
    ['+7900', undefined],
    ['+0123456789', undefined],
    ['1234567890123456', undefined],
    ['call me', undefined],
  ])('%j is read as %j', (text, phone) => {
    expect(readReceiptContact(text, 'email-or-phone')).toEqual(phone === undefined ? undefined : { phone });
  });

  it('is no contact for a cash desk that sends e-mails only', () => {
    expect(readReceiptContact('+7 900 123-45-67', 'email')).toBeUndefined();
  });
});

it.each(['ann@example.com', '79001234567'])('%s is stored and read back', (text) => {
  expect(receiptContactText(receiptContactOf(text))).toBe(text);
});

it('is shown so that only its owner recognises it', () => {
  expect(maskedContact({ email: 'anna@example.com' })).toBe('an•••@example.com');
  expect(maskedContact({ email: 'ann@example.com' })).toBe('a•••@example.com');
  expect(maskedContact({ phone: '79001234567' })).toBe('+7•••••4567');
});
