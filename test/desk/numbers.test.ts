/** Each number of the desk equals a slow recount over everything that happened, in random histories. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDeskNumbers } from '../../src/desk/numbers';
import { foldBook } from '../../src/domain/grantBook';
import { csvOf, DAILY_COUNTS, DAILY_SUMS, daysUpTo } from '../../src/domain/numbers';
import { createDeskAuditRepository } from '../../src/storage/postgres/deskAudit';
import { entriesOf } from '../../src/storage/postgres/grantBook';
import { createNumbersRepository, recordOwners } from '../../src/storage/postgres/numbers';
import { createStaffRepository } from '../../src/storage/postgres/staff';
import { PRICE, useShop } from '../storage/postgres/shopDatabase';

const shop = useShop();
const START = new Date('2025-03-01T12:00:00Z');
const HOUR = 3_600_000;
const numbers = () => createNumbersRepository(shop.pool);
/** The day in Moscow, which has had no other offset for years. */
const dayOf = (at: Date): string => new Date(at.getTime() + 3 * HOUR).toISOString().slice(0, 10);

/** So many of what, on which day. */
type Tally = Record<string, number>;
const add = (tally: Tally, day: string, value = 1): void => void (tally[day] = (tally[day] ?? 0) + value);
const nonZero = (tally: Tally): Tally => Object.fromEntries(Object.entries(tally).filter(([, value]) => value !== 0));

interface Recount {
  readonly gross: Tally;
  readonly refunds: Tally;
  readonly people: Set<number>;
}

const ALL = ['2024-01-01', '2100-01-01'] as const;

/** What the views say of these people's subscriptions, by the book alone. */
async function fromTheBooks(people: ReadonlySet<number>): Promise<Record<'renewed' | 'back' | 'lapsed', Tally>> {
  const counted = { renewed: {}, back: {}, lapsed: {} } as Record<'renewed' | 'back' | 'lapsed', Tally>;
  const { rows } = await shop.pool.query<{ id: string; status: string }>(
    'SELECT id, status FROM subscriptions WHERE user_id = ANY($1)',
    [[...people]],
  );
  for (const { id, status } of rows) {
    const entries = await entriesOf(shop.pool, [id]);
    for (let n = 1; n < entries.length; n += 1) {
      const entry = entries[n]!;
      if (entry.kind !== 'renewal' && entry.kind !== 'purchase') continue;
      const end = foldBook(entries.slice(0, n)).expiresAt;
      add(end >= entry.at ? counted.renewed : counted.back, dayOf(entry.at));
      if (end < entry.at) add(counted.lapsed, dayOf(end));
    }
    const end = foldBook(entries).expiresAt;
    if (end <= new Date() && status !== 'revoked') add(counted.lapsed, dayOf(end));
  }
  return counted;
}

const byDay = (rows: readonly { readonly day: string; readonly value: number }[]): Tally =>
  nonZero(Object.fromEntries(rows.map(({ day, value }) => [day, value])));

async function expectRecounted({ gross, refunds, people }: Recount): Promise<void> {
  const { sums, counts } = await numbers().byDay(...ALL);
  expect(byDay(sums.gross)).toEqual(nonZero(gross));
  expect(byDay(sums.refunds)).toEqual(nonZero(refunds));
  const net = { ...gross };
  for (const [day, value] of Object.entries(refunds)) add(net, day, -value);
  expect(byDay(sums.net)).toEqual(nonZero(net));
  const books = await fromTheBooks(people);
  expect({ renewed: byDay(counts.renewed), back: byDay(counts.back), lapsed: byDay(counts.lapsed) }).toEqual(books);
}

const step = fc.record({
  does: fc.constantFrom('buy', 'renew', 'renew', 'refund-part', 'refund-all', 'twice'),
  who: fc.nat({ max: 2 }),
  share: fc.double({ min: 0.05, max: 0.9, noNaN: true }),
  /** Hours: within the thirty days of a purchase, or long after them. */
  after: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 600, max: 1_200 })),
});

interface Bought {
  readonly id: string;
  readonly subscriptionId: string;
}

/** What happened before this property's run belongs to nobody who is counted. */
afterEach(() =>
  shop.pool.query(
    `INSERT INTO uncounted_people (telegram_id, why) SELECT telegram_id, 'test' FROM users ON CONFLICT DO NOTHING`,
  ),
);

async function refunded(paymentId: string, kopecks: number, at: Date): Promise<number> {
  const { refundedKopecks, priceKopecks, status } = await shop.payments.existing(paymentId);
  if (status !== 'issued' || refundedKopecks + kopecks > priceKopecks) return 0;
  const providerRef = randomUUID();
  const shown = { providerRef, kopecks, status: 'succeeded', attempt: undefined } as const;
  await shop.payments.recordShownRefunds(paymentId, [shown], priceKopecks, at);
  await shop.pool.query(
    'UPDATE refunds SET ended_at = $2 WHERE payment_id = $1 AND amount_kopecks = $3 AND created_at = (SELECT max(created_at) FROM refunds WHERE payment_id = $1)',
    [paymentId, at, kopecks],
  );
  return kopecks;
}

describe('gross, refunds, net, renewed, back, lapsed', () => {
  it('are what a recount says after any history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await shop.pool.query(
          `INSERT INTO uncounted_people (telegram_id, why) SELECT telegram_id, 'test' FROM users ON CONFLICT DO NOTHING`,
        );
        const people = [await shop.buyer(), await shop.buyer(), await shop.buyer()];
        // The third is somebody of the staff, whose own purchases are no sales.
        await createStaffRepository(shop.pool).setRole(people[2]!, 'viewer', 'operator:test', null);
        const counted = new Set(people.slice(0, 2));
        const recount: Recount = { gross: {}, refunds: {}, people: counted };
        const bought = new Map<number, Bought[]>(people.map((person) => [person, []]));
        let now = START;
        for (const { does, who, share, after } of steps) {
          now = new Date(now.getTime() + after * HOUR);
          const person = people[who]!;
          const own = bought.get(person)!;
          const last = own.at(-1);
          if (does === 'buy' || !last) {
            own.push(await shop.issued(person, {}, now));
            if (counted.has(person)) add(recount.gross, dayOf(now), PRICE);
          } else if (does === 'renew') {
            const { status } = (await shop.subscriptions.byId(last.subscriptionId))!;
            if (status === 'revoked') continue;
            own.push(await shop.issued(person, { renewsSubscriptionId: last.subscriptionId }, now));
            if (counted.has(person)) add(recount.gross, dayOf(now), PRICE);
          } else if (does === 'twice') {
            // Money that came twice for one order goes back: no income, no refund.
            await shop.pool.query(
              `INSERT INTO refunds (id, payment_id, attempt, amount_kopecks, reason, asked_by, status, provider, of_provider_ref, ended_at)
               SELECT gen_random_uuid(), $1, 1 + count(*), 100, 'stray', 'cabinet', 'succeeded', 'yookassa', gen_random_uuid()::text, $2
               FROM refunds WHERE payment_id = $1`,
              [last.id, now],
            );
          } else {
            const { refundedKopecks } = await shop.payments.existing(last.id);
            const part = does === 'refund-all' ? PRICE - refundedKopecks : Math.floor(PRICE * share);
            const back = part < 1 ? 0 : await refunded(last.id, part, now);
            if (counted.has(person)) add(recount.refunds, dayOf(now), back);
          }
        }
        await expectRecounted(recount);
      }),
      { numRuns: 25 },
    );
  });
});

it('a refund lowers the day of the refund, not that of the sale', async () => {
  const buyer = await shop.buyer();
  const { id } = await shop.issued(buyer, {}, START);
  const later = new Date(START.getTime() + 72 * HOUR);
  await refunded(id, 5_000, later);
  const { sums } = await numbers().byDay(...ALL);
  expect(byDay(sums.net)).toEqual({ [dayOf(START)]: PRICE, [dayOf(later)]: -5_000 });
  expect(sums.net.every(({ currency }) => currency === 'RUB')).toBe(true);
});

it('a day begins at midnight of the shop’s own zone', async () => {
  const before = await numbers().byDay(...ALL);
  expect(before.sums.gross).toEqual([]);
  const buyer = await shop.buyer();
  await shop.issued(buyer, {}, new Date('2025-05-01T20:59:59Z'));
  await shop.issued(await shop.buyer(), {}, new Date('2025-05-01T21:00:00Z'));
  const { sums } = await numbers().byDay('2025-05-01', '2025-05-02');
  expect(byDay(sums.gross)).toEqual({ '2025-05-01': PRICE, '2025-05-02': PRICE });
});

it('active subscriptions are paid, trials or given; what was refunded whole is not paid', async () => {
  const paid = await shop.issued(await shop.buyer());
  const back = await shop.issued(await shop.buyer());
  await shop.issued(await shop.buyer(), {}, START);
  expect(await numbers().active()).toEqual({ paid: 2, trial: 0, given: 0 });
  await refunded(back.id, PRICE, new Date());
  expect(await numbers().active()).toEqual({ paid: 1, trial: 0, given: 0 });
  await shop.pool.query(`UPDATE subscriptions SET plan_code = 'trial' WHERE id = $1`, [paid.subscriptionId]);
  expect(await numbers().active()).toEqual({ paid: 1, trial: 0, given: 0 });
});

it('owners are left out, and counted again once they are none', async () => {
  const owner = await shop.buyer();
  await shop.issued(owner, {}, START);
  const gross = async () => (await numbers().byDay(...ALL)).sums.gross.length;
  expect(await gross()).toBe(1);
  await recordOwners(shop.pool, [owner, 77]);
  await recordOwners(shop.pool, [owner]);
  expect(await gross()).toBe(0);
  await recordOwners(shop.pool, []);
  expect(await gross()).toBe(1);
});

describe('for people', () => {
  const desk = (now: Date) =>
    createDeskNumbers({ numbers: numbers(), deskAudit: createDeskAuditRepository(shop.pool), now: () => now });

  it('a period is summed up to today, and the file has a row for each of its days', async () => {
    const buyer = await shop.buyer();
    const { id } = await shop.issued(buyer, {}, START);
    await refunded(id, 4_950, new Date(START.getTime() + HOUR));
    const week = await desk(new Date(START.getTime() + 6 * 24 * HOUR)).of('week');
    expect(week).toMatchObject({ from: '2025-03-01', to: '2025-03-07', money: [{ currency: 'RUB' }] });
    expect(week.money[0]).toMatchObject({ gross: PRICE, refunds: 4_950, net: PRICE - 4_950 });
    expect((await desk(new Date(START.getTime() + 7 * 24 * HOUR)).of('week')).money).toEqual([]);
    const lines = (await desk(START).csv('day', 'operator:1')).split('\r\n');
    expect(lines[0]).toBe('\ufeffday;gross, RUB;refunds, RUB;net, RUB;new;renewed;back;lapsed');
    expect(lines[1]).toMatch(/^2025-03-01;199;49,50;149,50;/);
    expect((await desk(START).csv('year', 'operator:1')).split('\r\n')).toHaveLength(367);
  });

  it('a cell that a spreadsheet would take for a formula is text', () => {
    expect(csvOf([['=1+1', 'a;"b"', -5]])).toBe(`\ufeff'=1+1;"a;""b""";-5\r\n`);
  });

  it('days are counted over months and years', () => {
    expect(daysUpTo('2028-03-01', 3)).toEqual(['2028-02-28', '2028-02-29', '2028-03-01']);
    expect([...DAILY_SUMS, ...DAILY_COUNTS]).toHaveLength(7);
  });
});
