import { describe, expect, it } from '@jest/globals';
import { subscriptionBookScreen } from '../../src/messages/screens/subscriptionBook';
import { aSubscription } from '../bot/fixtures';
import { createBook } from '../domain/books';

const at = (text: string) => new Date(`${text}+03:00`);

/** The example of docs/book-of-grants.md. */
function example() {
  const book = createBook();
  book.pay('aaaaaaaa-1', at('2026-03-01T10:00'), { days: 30, gb: 100 });
  book.deliver('aaaaaaaa-1', at('2026-03-02T09:00'));
  book.pay('bbbbbbbb-2', at('2026-03-10T12:00'), { days: 30, gb: 100 });
  book.deliver('bbbbbbbb-2');
  return book;
}

const show = (entries: ReturnType<typeof createBook>['entries'], language: 'ru' | 'en', page = 0) =>
  subscriptionBookScreen({ subscription: aSubscription(), entries, page, timeZone: 'Europe/Moscow' }, language);

describe('what a subscription is made of', () => {
  it('says what was paid in the currency that it was paid in, and what goes back of it', () => {
    const book = example();
    const [bought, ...rest] = book.entries.map((entry) =>
      entry.kopecks === 0 ? entry : { ...entry, currency: 'XTR' },
    );
    const text = show([{ ...bought!, kopecks: 250 }, ...rest], 'en').text;
    expect(text).toContain('250 ⭐');
    expect(text).toContain('10,000 ⭐');
    expect(text).not.toContain('₽');
  });

  it('names the days of a promo code, and that they went with the refund', () => {
    const book = example();
    book.give('use', at('2026-03-10T12:00'), 7, false);
    expect(show(book.entries, 'ru').text).toContain('🎟 Промокод 10 марта 2026 г., 12:00 по Москве: 7 дней в подарок.');
    expect(show(book.entries, 'en').text).toContain(
      '🎟 Promo code on 10 March 2026, 12:00 Moscow time: 7 days as a present.',
    );
    const { id } = book.grant('use').entry;
    const took = {
      ...book.entries[0]!,
      id: 99,
      kind: 'refund' as const,
      source: 'r:promo',
      grantId: id!,
      at: at('2026-03-12T09:00'),
    };
    const refunded = [
      ...book.entries,
      { ...took, ms: -7 * 86_400_000, trafficGb: 0, kopecks: 0, planCode: null, whole: true },
    ];
    expect(show(refunded, 'en').text).toContain('the purchase was refunded; taken off: 7 days.');
  });

  it('is said grant by grant, with what became of each, in English', () => {
    const book = example();
    book.refund('aaaaaaaa-1', at('2026-03-12T09:00'), 30);
    const { text } = show(book.entries, 'en');
    expect(text.split('\n')).toEqual([
      '📖 🇳🇱 <b>Netherlands</b>, Amsterdam 1',
      '',
      'What this subscription is made of:',
      '',
      '🛒 Bought on 1 March 2026, 10:00 Moscow time: 30 days, 100 GB, ₽100, order <code>aaaaaaaa</code>.',
      '⏳ The key was there only on 2 March 2026, 09:00 Moscow time: the days count from then.',
      '↩️ On 12 March 2026, 09:00 Moscow time a refund of ₽1 was decided; taken off: 20 days, 70 GB.',
      'Its time: from 2 March 2026, 09:00 Moscow time until 12 March 2026, 09:00 Moscow time.',
      '',
      '🔁 Renewed on 10 March 2026, 12:00 Moscow time: 30 days, 100 GB, ₽100, order <code>bbbbbbbb</code>.',
      'Its time: from 12 March 2026, 09:00 Moscow time until 11 April 2026, 09:00 Moscow time.',
      '',
      '<b>Together:</b> until 11 April 2026, 09:00 Moscow time, 130 GB.',
    ]);
  });

  it('is said in Russian, of a grant that is gone and of one of which nothing was taken', () => {
    const book = example();
    book.refund('bbbbbbbb-2', at('2026-03-12T09:00'), 250, { ms: 0, gb: 0 });
    book.refund('bbbbbbbb-2', at('2026-03-12T10:30'), 250);
    const { text } = show(book.entries, 'ru');
    expect(text).toContain('решено вернуть 1 ₽; время при этом не снято.');
    expect(text).toContain('решено вернуть 1 ₽; снято: 30 дней.\nОт этого времени ничего не осталось.');
    expect(text).toContain('<b>Вместе:</b> до 1 апреля 2026 г., 09:00 по Москве');
  });

  it('says when unlimited days were over, and less than a day in hours', () => {
    const book = createBook();
    book.pay('aaaaaaaa-1', at('2026-03-01T10:00'), { days: 1, gb: null });
    book.deliver('aaaaaaaa-1');
    book.pay('bbbbbbbb-2', at('2026-03-01T11:00'), { days: 1, gb: 5 });
    book.deliver('bbbbbbbb-2');
    book.limit(at('2026-03-02T10:10'), 41.2);
    book.refund('bbbbbbbb-2', at('2026-03-02T20:30'), 42);
    const { text } = show(book.entries, 'en');
    expect(text).toContain('taken off: 13 hours, 5 GB.');
    expect(text).toContain('♾ On 2 March 2026, 10:10 Moscow time the unlimited days were over. The 42 GB used');
  });

  it('goes over pages when there is much of it', () => {
    const book = createBook();
    for (let n = 0; n < 12; n += 1) book.pay(`order-${n}`, at('2026-03-01T10:00'), { days: 1, gb: 5 });
    const [first, last] = [show(book.entries, 'en'), show(book.entries, 'en', 2)];
    expect(first.text).toContain('🛒 Bought');
    expect(last.text).not.toContain('🛒 Bought');
    const actions = last.keyboard?.inline_keyboard.flat().map((one) => 'callback_data' in one && one.callback_data);
    expect(actions).toContain(`v1:subscription-book:${aSubscription().id}:1`);
  });
});
