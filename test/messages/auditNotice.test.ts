/** What owners read of codes that the shop works with: words, in their language. */
import { describe, expect, it } from '@jest/globals';
import { PAYMENT_STATUSES } from '../../src/domain/payment';
import { LANGUAGES } from '../../src/domain/language';
import { plain } from '../../src/messages/locales/index';
import { auditNoticeScreen } from '../../src/messages/screens/auditNotice';
import { DIFFERENCES, type Difference, type DifferenceKind } from '../../src/support/audit/differences';

const kinds = Object.keys(DIFFERENCES) as DifferenceKind[];
const ids: Required<Difference['ids']> = {
  payment: 'a',
  provider: 'yookassa',
  providerRef: 'b',
  refund: 'c',
  subscription: 'd',
  server: 'e',
  account: 'f',
  promo: 'g',
};

describe.each(LANGUAGES)('in %s', (language) => {
  it('every kind of difference is told in words of its own', () => {
    const lines = kinds.map((kind) => {
      const { text } = auditNoticeScreen([{ kind, ids: { payment: 'a' }, detail: '' }], language);
      return text.split('\n').find((line) => line.startsWith('•'))!;
    });
    for (const [index, line] of lines.entries()) {
      expect(line).toMatch(language === 'ru' ? /^• [А-яё]/ : /^• [A-Za-z]/);
      expect(line).not.toContain(`${kinds[index]!}:`);
      if (kinds[index]!.includes('-')) expect(line).not.toContain(kinds[index]);
    }
    expect(new Set(lines).size).toBe(kinds.length);
  });

  it('what an id is of is told in words', () => {
    const { text } = auditNoticeScreen([{ kind: 'stuck', ids, detail: '' }], language);
    const line = text.split('\n').find((one) => one.startsWith('•'))!;
    expect(line).toContain(
      language === 'ru'
        ? ': заказ <code>a</code>, ЮKassa <code>b</code>, возврат <code>c</code>, подписка <code>d</code>, сервер <code>e</code>, аккаунт <code>f</code>, промокод <code>g</code>'
        : ': order <code>a</code>, YooKassa <code>b</code>, refund <code>c</code>, subscription <code>d</code>, server <code>e</code>, account <code>f</code>, promo code <code>g</code>',
    );
  });

  it('every state of a payment is told in words', () => {
    for (const status of PAYMENT_STATUSES) {
      const words = plain(language, 'payment-status', { status });
      expect(words).toMatch(language === 'ru' ? /^[а-яё]/ : /^[a-z]/);
      // English words are no codes either; only the last one is a default.
      if (language === 'ru') expect(words).not.toContain(status);
    }
    const of = (status: string) => plain(language, 'payment-status', { status });
    expect(of('pending')).not.toBe(of('expired'));
  });
});
