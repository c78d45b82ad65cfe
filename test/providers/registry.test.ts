import { describe, expect, it } from '@jest/globals';
import type { BotSettings } from '../../src/config/settings';
import { acceptedContact, createWebhooks, providersOf } from '../../src/providers/registry';
import { aProvider } from './aProvider';

describe('the providers that are set up', () => {
  it('are found by the id in a payment’s row, and the first one is that of new orders', () => {
    const [one, other] = [aProvider(), aProvider({ id: 'another' })];
    const providers = providersOf([one, other]);
    expect([providers.first, providers.of('another'), providers.of(one.id)]).toEqual([one, other, one]);
  });

  it('that are not are named, so that whoever reads the failure knows whose settings are missing', () => {
    expect(() => providersOf([aProvider()]).of('another')).toThrow('the provider another is not set up here');
    expect(() => providersOf([])).toThrow('no way to pay is set up');
  });

  it('say what receipts are delivered to, and notify under their own id', () => {
    const settings = { YOOKASSA_RECEIPT_CONTACT: 'email-or-phone', YOOKASSA_WEBHOOK_IPS: ['127.0.0.1'] };
    const of = (change: object) => ({ ...settings, ...change }) as unknown as BotSettings;
    expect(acceptedContact(of({}))).toBeUndefined();
    expect(acceptedContact(of({ YOOKASSA_RECEIPT_EMAIL: 'a@b.example' }))).toBe('email-or-phone');
    expect(createWebhooks(of({})).map(({ provider }) => provider)).toEqual(['yookassa']);
  });
});
