/** What entries of the book of grants come to, by example. */
import { describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../src/domain/duration';
import { usedBefore } from '../../src/domain/bookTraffic';
import { foldBook } from '../../src/domain/grantBook';
import { createBook, day, NOW } from './books';

const MONTH = { days: 30, gb: 100 };
const UNLIMITED = { days: 30, gb: null };
const limited = (trafficGb: number) => ({ trafficGb, unlimitedUntil: null, laterTrafficGb: 0 });
const unlimited = (until: Date, laterTrafficGb = 0) => ({ trafficGb: null, unlimitedUntil: until, laterTrafficGb });

/** A month from `NOW`, delivered at once. */
function monthBook() {
  const book = createBook();
  book.pay('first', NOW, MONTH);
  book.deliver('first');
  return book;
}

describe('the term', () => {
  it('of a purchase is its days from the money on, to the ms', () => {
    expect(monthBook().book()).toMatchObject({ startsAt: NOW, expiresAt: day(30), planCode: 'first' });
  });

  it('of a renewal before the end: no day that was paid for is lost', () => {
    const book = monthBook();
    book.pay('second', day(10), MONTH);
    expect(book.book()).toMatchObject({ startsAt: NOW, expiresAt: day(60), planCode: 'second' });
  });

  it('of a renewal after the end begins with its money: the gap is not charged', () => {
    const book = monthBook();
    book.pay('second', day(45), MONTH);
    expect(book.book().expiresAt).toEqual(day(75));
  });

  it('of a late delivery begins with it; what follows is moved with it', () => {
    const book = createBook();
    book.pay('first', NOW, MONTH);
    book.deliver('first', day(1));
    expect(book.book()).toMatchObject({ startsAt: day(1), expiresAt: day(31) });
    book.pay('second', day(2), MONTH);
    book.pay('third', day(2), MONTH);
    book.deliver('second', day(50));
    expect(book.book()).toMatchObject({ startsAt: day(1), expiresAt: day(110) });
  });

  it('of a late delivery that waits behind days still running is not moved', () => {
    const book = monthBook();
    book.pay('second', day(10), MONTH);
    book.deliver('second', day(12));
    expect(book.book().expiresAt).toEqual(day(60));
  });

  it('cannot be computed of nothing, or of a refund of somebody else’s grant', () => {
    expect(() => foldBook([])).toThrow('without a grant');
    const [entry] = monthBook().entries;
    expect(() => foldBook([entry!, { ...entry!, id: 2, kind: 'refund', grantId: 7 }])).toThrow('does not have');
  });
});

describe('the traffic', () => {
  it('of limited grants adds up', () => {
    const book = monthBook();
    book.pay('second', day(1), { days: 30, gb: 50 }, 70);
    expect(book.book()).toMatchObject(limited(150));
  });

  it('of an unlimited one stays unlimited until its days are over, then comes what was bought by the GB', () => {
    const book = createBook();
    book.pay('first', NOW, UNLIMITED);
    expect(book.book()).toMatchObject(unlimited(day(30)));
    book.pay('second', day(2), { days: 30, gb: 50 }, 700);
    book.pay('third', day(3), { days: 1, gb: 30 }, 800);
    expect(book.book()).toMatchObject(unlimited(day(30), 80));
    book.limit(day(30), 812.3);
    expect(book.book()).toMatchObject(limited(893));
  });

  it.each<[string, number | null, number]>([
    ['a part', 69.5, 31],
    ['all of it', 130, 0],
    ['nobody knows how much', null, 100],
  ])('is unlimited at once after an unlimited renewal, for its days; of the limit was used: %s', (_, usedGb, left) => {
    const book = monthBook();
    book.pay('second', day(1), UNLIMITED, usedGb);
    expect(book.book()).toMatchObject(unlimited(day(31), left));
  });

  it('of one unlimited renewal after another lasts for the days of both', () => {
    const book = monthBook();
    book.pay('second', day(1), UNLIMITED, 20);
    book.pay('third', day(2), UNLIMITED, 500);
    expect(book.book()).toMatchObject(unlimited(day(61), 80));
  });

  it('is not unlimited for a year by one unlimited day', () => {
    const book = createBook();
    book.pay('first', NOW, { days: 375, gb: 20 });
    book.pay('second', day(1), { days: 1, gb: null }, 0);
    expect(book.book().unlimitedUntil).toEqual(day(2));
  });

  it('of unlimited days that came late lasts from their delivery', () => {
    const book = monthBook();
    book.pay('second', day(1), UNLIMITED, 0);
    book.deliver('second', day(2));
    expect(book.book()).toMatchObject({ ...unlimited(day(32), 100), expiresAt: day(60) });
  });
});

describe('a refund', () => {
  it('takes only the time that is ahead, and none of a later grant’s', () => {
    const book = monthBook();
    book.pay('second', day(9), MONTH);
    expect(book.refund('first', day(10))).toEqual({ ms: 20 * DAY_MS, gb: 100 });
    expect(book.book()).toMatchObject({ startsAt: NOW, expiresAt: day(40), planCode: 'second', ...limited(100) });
    expect(book.refund('first', day(11))).toEqual({ ms: 0, gb: 0 });
  });

  it('takes no GB that was used: the renewal keeps all of its own', () => {
    const book = monthBook();
    book.pay('second', day(9), MONTH, 70);
    book.deliver('second');
    expect(book.refund('first', day(10), 70.2)).toEqual({ ms: 20 * DAY_MS, gb: 29 });
    // 71 were used at most, 100 are left.
    expect(book.book()).toMatchObject(limited(171));
  });

  it('of a grant that is used up takes nothing, although a renewal came after a gap', () => {
    const book = monthBook();
    book.pay('second', day(40), MONTH);
    expect(book.refund('first', day(45))).toMatchObject({ ms: 0 });
    expect(book.book().expiresAt).toEqual(day(70));
  });

  it('of the renewal in the middle leaves the ones around it', () => {
    const book = monthBook();
    for (const source of ['second', 'third']) {
      book.pay(source, day(5), MONTH);
      book.deliver(source);
    }
    expect(book.refund('second', day(10))).toEqual({ ms: 30 * DAY_MS, gb: 100 });
    expect(book.book()).toMatchObject({ expiresAt: day(60), ...limited(200) });
  });

  it('of a renewal that was never delivered leaves the end there was, and no gap', () => {
    const book = monthBook();
    book.pay('second', day(31), MONTH);
    book.refund('second', day(32));
    expect(book.book()).toMatchObject({ expiresAt: day(30), planCode: 'first', ...limited(100) });
  });

  it('of everything leaves a limit that panels take, and the beginning as the end', () => {
    const book = createBook();
    book.pay('first', NOW, MONTH);
    book.refund('first', day(1));
    expect(book.book()).toMatchObject({ startsAt: NOW, expiresAt: NOW, ...limited(1) });
  });

  it('of a part of unlimited days takes unlimited time, and nothing of what others bought', () => {
    const book = monthBook();
    book.pay('second', day(1), UNLIMITED, 20);
    book.deliver('second');
    book.refund('second', day(2), 400, { ms: 10 * DAY_MS, gb: 0 });
    expect(book.book()).toMatchObject({ ...unlimited(day(21), 80), expiresAt: day(50) });
  });

  it('of all unlimited days that are left makes what was bought by the GB count at once', () => {
    const book = monthBook();
    book.pay('second', day(1), UNLIMITED, 20);
    book.deliver('second');
    book.refund('second', day(11), 700.5);
    expect(book.book()).toMatchObject({ ...limited(781), expiresAt: day(30) });
  });

  it('of unlimited days that are over leaves the limits as they are', () => {
    const book = createBook();
    book.pay('first', NOW, UNLIMITED);
    book.deliver('first');
    book.pay('second', day(2), MONTH, 10);
    book.limit(day(30), 762.1);
    expect(book.book()).toMatchObject(limited(863));
    book.refund('first', day(31), 770);
    expect(book.book()).toMatchObject({ ...limited(863), expiresAt: day(60) });
  });
});

describe('what was used before a grant', () => {
  const before = (book: ReturnType<typeof createBook>, source: string) => usedBefore(book.book(), book.grant(source));

  it('is what older grants by the GB gave, or what the account had used when unlimited time ended', () => {
    const book = monthBook();
    expect(before(book, 'first')).toBe(0);
    book.pay('second', day(1), MONTH, 3);
    expect(before(book, 'second')).toBe(100);
    const after = createBook();
    after.pay('first', NOW, UNLIMITED);
    after.pay('second', day(1), MONTH, 3);
    expect(before(after, 'second')).toBeNull();
    after.limit(day(30), 700.4);
    expect(before(after, 'second')).toBe(701);
  });

  it('of unlimited days is what the account had used when they were bought; behind other unlimited days, nothing is used', () => {
    const book = monthBook();
    book.pay('second', day(1), UNLIMITED, 69.5);
    expect(before(book, 'second')).toBe(69.5);
    book.pay('third', day(2), UNLIMITED, 300);
    expect(before(book, 'third')).toBeNull();
  });
});
