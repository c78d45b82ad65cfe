/** The desk's search and a person's card, on a real database. */
import { describe, expect, it } from '@jest/globals';
import { createDeskCards } from '../../src/desk/cards';
import { createDeskSearch } from '../../src/desk/search';
import { createDeskCardsRepository } from '../../src/storage/postgres/deskCards';
import { createDeskSearchRepository } from '../../src/storage/postgres/deskSearch';
import { createSupportService } from '../../src/support/supportService';
import { promoCode } from '../storage/postgres/promos';
import { PRICE, useShop } from '../storage/postgres/shopDatabase';
import { oneVoucher, voucherClaimed } from '../storage/postgres/vouchers';

const shop = useShop();
const search = (text: string) =>
  createDeskSearch({
    deskSearch: createDeskSearchRepository(shop.pool),
    support: createSupportService({
      pool: shop.pool,
      ...{ temporal: undefined, paymentWorkflows: undefined, refundWorkflows: undefined },
    }),
  })(text);
const cards = () => createDeskCards({ deskCards: createDeskCardsRepository(shop.pool), payments: shop.payments });
const named = async (firstName: string, username: string | null) => {
  const telegramId = await shop.buyer();
  await shop.users.upsert({ telegramId, firstName, username, language: 'ru' });
  return telegramId;
};
const peopleOf = async (text: string) => (await search(text)).people.map(({ telegramId }) => telegramId);

describe('the search finds', () => {
  it('a person by id, by name, by @name, by the beginning of both, and no other', async () => {
    const ann = await named('Ярослава-Мария', 'ann_m');
    const other = await named('Борис', 'boris');
    for (const text of [String(ann), 'ярослава-мария', 'ЯРОСЛАВА', '@Ann_M', 'ann_', `это ${ann}?`])
      expect({ text, people: await peopleOf(text) }).toEqual({ text, people: [ann] });
    expect(await peopleOf('борис')).toEqual([other]);
    // Characters that mean something to LIKE mean themselves.
    expect(await peopleOf('а%')).toEqual([]);
    expect(await peopleOf('annxm')).toEqual([]);
  });

  it('an order by both its numbers and YooKassa’s, and whose account a key opens', async () => {
    const buyer = await named('Вера', null);
    const { id, subscriptionId } = await shop.issued(buyer);
    const account = (await shop.subscriptions.byId(subscriptionId))!.panelUserId;
    for (const text of [id, id.slice(0, 8), `№ ${id.slice(0, 8).toUpperCase()}`])
      expect((await search(text)).payments.map((one) => one.id)).toEqual([id]);
    const atProvider = '2419a771-000f-5000-9000-1edaf29243f2';
    await shop.pool.query('UPDATE payments SET provider_ref = $2 WHERE id = $1', [id, atProvider]);
    expect((await search(atProvider)).payments.map((one) => one.id)).toEqual([id]);
    for (const text of [account, `https://de-1.example/ClientPath/${account}/#Germany`, subscriptionId])
      expect({ text, people: await peopleOf(text) }).toEqual({ text, people: [buyer] });
  });

  it('whoever has claimed a voucher or invited by a code, and a promo code', async () => {
    const userId = await shop.buyer();
    const { id, code } = await oneVoucher(shop.pool);
    await voucherClaimed(shop.pool, id, userId);
    expect(await peopleOf(code)).toEqual([userId]);
    expect(await peopleOf(`https://t.me/Shop_bot?start=gift_${code}`)).toEqual([userId]);
    await shop.pool.query(`UPDATE users SET referral_code = '0123ABCD' WHERE telegram_id = $1`, [userId]);
    expect((await search('0123abcd')).people).toMatchObject([{ telegramId: userId, foundBy: 'invitation' }]);
    const promo = await promoCode(shop.pool);
    expect((await search(promo.code.toLowerCase())).promo).toBe(promo.code);
  });

  it('more people of a name than are shown, and says so', async () => {
    for (let n = 0; n < 11; n += 1) await named(`Многие ${n}`, null);
    const found = await search('многие');
    expect([found.people.length, found.hasMore]).toEqual([10, true]);
  });

  it('nothing, politely, in whatever was pasted', async () => {
    const odd = Array.from({ length: 4_096 }, (_, n) => String.fromCodePoint((n * 37) % 0xd7_ff)).join('');
    for (const text of [
      '',
      ' ',
      '\u0000',
      `'; DROP TABLE users; --`,
      '%',
      '\\',
      odd,
      '9'.repeat(4_096),
      'é'.repeat(4_096),
    ])
      expect(await search(text)).toMatchObject({ promo: undefined, hasMore: false });
  });
});

describe('a card', () => {
  it('says what somebody has paid, got back, and keeps', async () => {
    const buyer = await shop.buyer();
    const first = await shop.issued(buyer);
    await shop.issued(buyer);
    await shop.open(buyer);
    const plan = await shop.refund(first.id);
    await shop.pool.query(`UPDATE refunds SET status = 'succeeded', ended_at = now() WHERE payment_id = $1`, [
      first.id,
    ]);
    expect(plan).toBeDefined();
    const card = (await cards().of(buyer))!;
    const { rows } = await shop.pool.query(
      'SELECT sum(amount_kopecks)::int AS back FROM refunds WHERE payment_id = $1',
      [first.id],
    );
    expect(card.sums).toEqual([{ currency: 'RUB', orders: 2, paidKopecks: 2 * PRICE, refundedKopecks: rows[0].back }]);
    expect(card.payments).toHaveLength(3);
    expect(card.subscriptions.length + card.otherSubscriptions).toBe(2);
    expect(await cards().of(1)).toBeUndefined();
  });

  it('holds notes, the newest first, each with its line of the audit log; a note that is none is refused', async () => {
    const buyer = await shop.buyer();
    for (const text of ['first', ' second\nline\u0000 '])
      expect(await cards().addNote(buyer, text, 'operator:1')).toBeUndefined();
    expect(await cards().addNote(buyer, ' \u0000 ', 'operator:1')).toBe('empty');
    expect(await cards().addNote(buyer, 'x'.repeat(1_001), 'operator:1')).toBe('too-long');
    expect(await cards().addNote(1, 'x', 'operator:1')).toBe('unknown');
    const { notes } = (await cards().of(buyer))!;
    expect(notes.map(({ text, actor }) => [actor, text])).toEqual([
      ['operator:1', 'second\nline'],
      ['operator:1', 'first'],
    ]);
    const { rows } = await shop.pool.query('SELECT act, after FROM desk_audit WHERE subject = $1 ORDER BY id', [
      String(buyer),
    ]);
    expect(rows).toEqual([
      { act: 'note', after: { characters: 5 } },
      { act: 'note', after: { characters: 11 } },
    ]);
  });
});
