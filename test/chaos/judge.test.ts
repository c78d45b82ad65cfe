/**
 * How a chaos run judges (what counts as lost or doubled), that a seed repeats its plan, and the traps on the wire.
 */
import net from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Chats } from '../../chaos/buyers/chats';
import { judge, type FreeDays, type Ledgers } from '../../chaos/ledgers/external';
import { freeDaysOf } from '../../chaos/ledgers/free';
import { judgeVouchers } from '../../chaos/ledgers/vouchers';
import { planFaults } from '../../chaos/faults/plan';
import { planBuyers } from '../../chaos/buyers/plan';
import { judgePromos } from '../../chaos/ledgers/promos';
import { createRandom } from '../../chaos/random';
import { Trap } from '../../chaos/steps/trap';
import { Link } from '../../chaos/wire/link';

const paid = (id: string, change: Partial<Ledgers['payments'][number]> = {}) => ({
  id,
  status: 'succeeded',
  kopecks: 29_900,
  refundedKopecks: 0,
  purpose: `order of ${id}`,
  ...change,
});
const FORMS = [
  { buyerId: 1, providerRef: 'a' },
  { buyerId: 1, providerRef: 'b' },
  { buyerId: 2, providerRef: 'c' },
];

describe('what is lost, what is doubled', () => {
  it.each<[string, Ledgers, { lost: number; doubled: number; lostKopecks: number; unpaid?: number }]>([
    [
      'a month paid, a month on the panel',
      { payments: [paid('a')], accounts: [{ buyerId: 1, days: 31 }] },
      { lost: 0, doubled: 0, lostKopecks: 0 },
    ],
    [
      'a month and a week in one account',
      { payments: [paid('a'), paid('b', { kopecks: 9_900 })], accounts: [{ buyerId: 1, days: 38 }] },
      { lost: 0, doubled: 0, lostKopecks: 0 },
    ],
    [
      'paid and refunded',
      { payments: [paid('a', { refundedKopecks: 29_900 })], accounts: [] },
      { lost: 0, doubled: 0, lostKopecks: 0 },
    ],
    [
      'never paid',
      { payments: [paid('a', { status: 'canceled' })], accounts: [] },
      { lost: 0, doubled: 0, lostKopecks: 0 },
    ],
    [
      'paid and nothing on the panel',
      { payments: [paid('a')], accounts: [] },
      { lost: 1, doubled: 0, lostKopecks: 29_900 },
    ],
    [
      'a renewal paid and not added',
      { payments: [paid('a'), paid('b')], accounts: [{ buyerId: 1, days: 31 }] },
      { lost: 1, doubled: 0, lostKopecks: 28_903 },
    ],
    [
      'somebody else has the access',
      { payments: [paid('a')], accounts: [{ buyerId: 2, days: 31 }] },
      { lost: 1, doubled: 0, lostKopecks: 29_900, unpaid: 1 },
    ],
    ['paid by nobody known', { payments: [paid('z')], accounts: [] }, { lost: 1, doubled: 0, lostKopecks: 29_900 }],
    [
      'added twice',
      { payments: [paid('a')], accounts: [{ buyerId: 1, days: 61 }] },
      { lost: 0, doubled: 1, lostKopecks: 0 },
    ],
    [
      'two accounts for one payment',
      {
        payments: [paid('a')],
        accounts: [
          { buyerId: 1, days: 31 },
          { buyerId: 1, days: 31 },
        ],
      },
      { lost: 0, doubled: 1, lostKopecks: 0 },
    ],
    [
      'refunded and access kept',
      { payments: [paid('a', { refundedKopecks: 29_900 })], accounts: [{ buyerId: 1, days: 31 }] },
      { lost: 0, doubled: 0, lostKopecks: 0, unpaid: 1 },
    ],
    [
      'one order charged twice',
      { payments: [paid('a', { purpose: 'x' }), paid('b', { purpose: 'x' })], accounts: [{ buyerId: 1, days: 61 }] },
      { lost: 0, doubled: 1, lostKopecks: 0 },
    ],
  ])('%s', (_name, ledgers, expected) => {
    const { lost, doubled, lostKopecks, unpaid } = judge(ledgers, FORMS);
    const counts = { lost: lost.length, doubled: doubled.length, unpaid: unpaid.length };
    expect({ ...counts, lostKopecks }).toEqual({ unpaid: 0, ...expected });
  });
});

describe('promo codes', () => {
  const planned = [1, 2, 3, 4].map((id) => ({ id, promo: 'CHAOS-1' }));
  const forms = [1, 2, 3, 4].map((buyerId) => ({ buyerId, providerRef: String(buyerId) }));
  const discounted = (id: number, change = {}) => paid(String(id), { kopecks: 23_900, ...change });
  const judged = (payments: ReturnType<typeof paid>[], counted: number) => {
    const { oversold, burnt, ...rest } = judgePromos({ payments }, forms, planned, new Map([['CHAOS-1', counted]]));
    return { ...rest, oversold: oversold.length, burnt: burnt.length };
  };

  it.each<[string, ReturnType<typeof paid>[], number, object]>([
    ['as often as they may be', [1, 2, 3].map((id) => discounted(id)), 3, { paid: 3, oversold: 0, burnt: 0 }],
    ['at the full price: it was refused', [paid('1')], 0, { paid: 0, oversold: 0, burnt: 0 }],
    [
      'and refunded: the use is back',
      [discounted(1, { refundedKopecks: 23_900 })],
      0,
      { paid: 0, oversold: 0, burnt: 0 },
    ],
    ['four times of three', [1, 2, 3, 4].map((id) => discounted(id)), 4, { paid: 4, oversold: 1, burnt: 0 }],
    ['never, and a use counts', [], 1, { paid: 0, oversold: 0, burnt: 1 }],
  ])('paid %s', (_, payments, counted, expected) => expect(judged(payments, counted)).toEqual(expected));
});

describe('what costs nothing', () => {
  const judged = (days: number[], free: [number, FreeDays][], payments = [paid('c')]) => {
    const accounts = days.map((count) => ({ buyerId: 2, days: count }));
    const { lost, doubled, lostFree, doubledFree, unpaid } = judge({ payments, accounts }, FORMS, new Map(free));
    return [lost.length, doubled.length, lostFree.length, doubledFree.length, unpaid.length];
  };
  const [asked, promised] = [
    { least: 0, most: 3 },
    { least: 3, most: 3 },
  ];
  it('is lost when it was promised and is not there, doubled when there is more of it', () => {
    expect(judged([3], [[2, promised]], [])).toEqual([0, 0, 0, 0, 0]);
    expect(judged([], [[2, asked]], [])).toEqual([0, 0, 0, 0, 0]);
    expect(judged([33], [[2, promised]])).toEqual([0, 0, 0, 0, 0]);
    expect(judged([3, 30], [[2, promised]])).toEqual([0, 0, 0, 0, 0]);
    expect(judged([], [[2, promised]], [])).toEqual([0, 0, 1, 0, 0]);
    expect(judged([30], [[2, promised]])).toEqual([0, 0, 1, 0, 0]);
    expect(judged([3], [[2, promised]])).toEqual([1, 0, 0, 0, 0]);
    expect(judged([3, 3, 3], [[2, promised]], [])).toEqual([0, 0, 0, 1, 0]);
    expect(judged([3], [])).toEqual([1, 0, 0, 0, 0]);
    expect(judged([3], [], [])).toEqual([0, 0, 0, 0, 1]);
  });

  it('is what was read and done: a trial, a voucher, days for a friend whose money was kept', () => {
    const says = (text: string) => ({ messages: new Map([[1, { text }]]) });
    const chats = { of: (id: number) => says(id === 2 ? 'The gift is yours' : '') } as unknown as Pick<Chats, 'of'>;
    const friend = (friendId: number, providerRef: string) => ({ referrerId: 1, friendId, providerRef });
    const tally = {
      ...{ trials: new Set([1]), claims: [2, 3].map((buyerId) => ({ buyerId, code: 'x' })) },
      ...{ friends: [friend(4, 'd'), friend(5, 'e')], forms: FORMS },
    };
    const payments = [paid('a'), paid('d'), paid('e', { refundedKopecks: 29_900 })];
    expect(Object.fromEntries(freeDaysOf(tally, { payments }, chats))).toEqual({
      1: { least: 7, most: 10 },
      2: { least: 5, most: 5 },
      3: { least: 0, most: 5 },
      4: { least: 7, most: 7 },
    });
  });
});

describe('vouchers', () => {
  it('are oversold when several people have one, burnt when nobody has one that is claimed', () => {
    const code = '0CHA0SVCHRCD0001';
    const claims = [1, 2].map((buyerId) => ({ buyerId, code }));
    const judged = (holders: number[], claimed: string[]) => {
      const accounts = holders.map((buyerId) => ({ buyerId, days: 5 }));
      const { oversold, burnt, claimed: count } = judgeVouchers({ accounts }, claims, new Set(claimed));
      return [count, oversold.length, burnt.length];
    };
    expect(judged([1], [code])).toEqual([1, 0, 0]);
    expect(judged([], [])).toEqual([0, 0, 0]);
    expect(judged([1, 2], [code])).toEqual([1, 1, 0]);
    expect(judged([], [code])).toEqual([0, 0, 1]);
  });
});

describe('a seed', () => {
  const plans = (seed: string) => ({
    buyers: planBuyers(createRandom(seed).fork('buyers'), 500, 2),
    faults: planFaults(createRandom(seed).fork('faults'), 60_000, 1_000),
  });

  it('gives the same buyers and faults each time; another seed gives others', () => {
    expect(plans('7')).toEqual(plans('7'));
    expect(plans('8')).not.toEqual(plans('7'));
  });

  it('brings every kind of buyer and of fault in a run of some size', () => {
    const { buyers } = plans('7');
    expect(new Set(buyers.map(({ kind }) => kind)).size).toBe(16);
    expect(new Set(planFaults(createRandom('7'), 1_000_000, 1_000).map(({ kind }) => kind)).size).toBe(39);
    const kinds = planFaults(createRandom('7'), 1_000_000, 1_000, false).map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(36);
  });
});

describe('a trap on the wire', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  /** A server that answers each request with "done", a link before it, and one connection through the link. */
  async function wire(dependency: string) {
    const seen: string[] = [];
    const server = net
      .createServer((socket) =>
        socket.on('data', (data) => (seen.push(data.toString()), socket.write('done'))).on('error', () => undefined),
      )
      .listen(0, '127.0.0.1');
    await once(server, 'listening');
    const link = await new Link({
      name: 'test',
      dependency,
      targets: [(server.address() as net.AddressInfo).port],
    }).listen();
    const client = net.connect(link.port, '127.0.0.1').on('error', () => undefined);
    await once(client, 'connect');
    closers.push(
      () => client.destroy(),
      () => link.close(),
      () => server.close(),
    );
    return {
      seen,
      link,
      client,
      ask: async (text: string) => (client.write(text), String((await once(client, 'data'))[0])),
    };
  }
  const step = { name: 'x', by: 'worker', on: 'postgres', asks: /UPDATE it/, flows: ['purchase'] } as const;
  const sprung = (link: Link, moment: 'before' | 'after', of?: string) =>
    new Promise<void>((resolve) =>
      link.read(new Trap({ step, moment, ...(of === undefined ? {} : { of: () => [of] }), spring: () => resolve() })),
    );

  it('before: what is asked does not arrive', async () => {
    const { seen, link, client, ask } = await wire('yookassa');
    const trap = sprung(link, 'before', 'Anna');
    await ask('UPDATE it for Boris');
    client.write('UPDATE it for Anna');
    await trap;
    await ask('anything else').catch(() => undefined);
    expect(seen).toEqual(['UPDATE it for Boris', 'anything else']);
  });

  it('after: it has arrived and was answered, and the answer is kept back', async () => {
    const { seen, link, client } = await wire('yookassa');
    const trap = sprung(link, 'after');
    let heard = '';
    client.on('data', (data) => (heard += data.toString()));
    client.write('UPDATE it');
    await trap;
    expect(seen).toEqual(['UPDATE it']);
    expect(heard).toBe('');
  });

  it('in a transaction the commit is the effect', async () => {
    const { seen, link, client, ask } = await wire('postgres');
    const trap = sprung(link, 'before');
    await ask('BEGIN');
    await ask('UPDATE it');
    client.write('COMMIT');
    await trap;
    expect(seen).toEqual(['BEGIN', 'UPDATE it']);
  });

  it('a rolled-back transaction had no effect to wait for', async () => {
    const { seen, link, client, ask } = await wire('postgres');
    const trap = sprung(link, 'before');
    for (const text of ['BEGIN', 'UPDATE it', 'ROLLBACK', 'BEGIN', 'COMMIT']) await ask(text);
    client.write('UPDATE it');
    await trap;
    expect(seen).toHaveLength(5);
  });
});
