/** A payment's timeline as support reads it, in each language of the shop, from a real record. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { timeOfAlert } from '../../src/domain/alertSubject';
import { createSupportService } from '../../src/support/supportService';
import { promoCode, withPromo } from '../storage/postgres/promos';
import { PRICE, useShop } from '../storage/postgres/shopDatabase';

const shop = useShop();
const timeline = async (paymentId: string, language: 'ru' | 'en') => {
  const support = createSupportService({
    pool: shop.pool,
    temporal: undefined,
    paymentWorkflows: undefined,
    refundWorkflows: undefined,
  });
  return support.timeline((await support.byId(paymentId))!, language);
};

/**
 * A delivered payment with everything a timeline can hold: a request, a notification, a refund made outside, a
 * decision.
 */
async function rich(): Promise<string> {
  const { id } = await shop.issued(await shop.buyer());
  await shop.payments.storeRequest(`payment-${id}.create`, id, 'create-payment', { amount: { value: '199.00' } });
  await shop.pool.query(
    `INSERT INTO webhook_events (provider, remote_address, body, payment_id, event) VALUES ('yookassa', '185.71.76.1', '{"object":{"status":"succeeded","amount":{"value":"199.00"}}}', $1, 'payment.succeeded')`,
    [id],
  );
  await shop.payments.recordShownRefunds(
    id,
    [{ providerRef: `refund-of-${id}`, kopecks: 5_000, status: 'succeeded', attempt: undefined }],
    PRICE,
    new Date(),
  );
  await shop.pool.query(
    `INSERT INTO audit_log (actor, action, payment_id, details) VALUES ('operator:ann', 'refund', $1, '{}')`,
    [id],
  );
  return id;
}

describe('the timeline of a payment', () => {
  it('is told in Russian to who reads Russian, with the database’s own ids and names in it', async () => {
    const id = await rich();
    const text = await timeline(id, 'ru');
    for (const words of [
      `платёж       ${id}`,
      'Что было (UTC)',
      'заказ подтверждён',
      'просит ЮKassa: создать платёж, 199.00 RUB',
      'ЮKassa payment.succeeded от 185.71.76.1: ещё не обработан',
      'найден возврат 1: 50.00 RUB',
      'решение: refund',
      'у магазина, из них возвращено 50.00 RUB',
      'Что дальше',
      'Temporal не отвечает',
    ])
      expect(text).toContain(words);
    expect(text).not.toMatch(/What|asks|answers|planned|with the|not handled/);
  });

  it('says the same in English, line by line', async () => {
    const id = await rich();
    const [ru, en] = await Promise.all([timeline(id, 'ru'), timeline(id, 'en')]);
    const times = (text: string) => text.match(/^ {2}\d{4}-\S+ \S+/gm);
    expect(times(en)).toEqual(times(ru));
    for (const words of [
      'What happened (UTC)',
      'asks YooKassa to create a payment of 199.00 RUB',
      'refund 1 found: 50.00 RUB, made outside the shop (refund-of-',
      'with the shop, 50.00 RUB of it refunded',
    ])
      expect(en).toContain(words);
    expect(en).not.toMatch(/[а-яё]/i);
  });

  it('tells an alert by its note, without what makes it another one than the last', async () => {
    const { id } = await shop.issued(await shop.buyer());
    const time = timeOfAlert({ runId: randomUUID(), activityId: '7' });
    await shop.pool.query(
      `INSERT INTO notifications (user_id, kind, subject, status) VALUES (1, 'attention', $1, 'sent')`,
      [`${id}:YooKassa would not make the refund${time}`],
    );
    expect(await timeline(id, 'en')).toMatch(/\(YooKassa would not make the refund\)$/m);
  });

  it('names the promo code and what it gave', async () => {
    const [off, more] = [await promoCode(shop.pool), await promoCode(shop.pool, { kind: 'days', amount: 7 })];
    const { id } = await shop.open(await shop.buyer(), withPromo(off, PRICE));
    expect(await timeline(id, 'en')).toContain(`159.00 RUB, 40.00 RUB off 199.00 RUB by the promo code ${off.code}`);
    expect(await timeline(id, 'ru')).toContain(`скидка 40.00 RUB с 199.00 RUB по промокоду ${off.code}`);
    const days = await shop.open(await shop.buyer(), withPromo(more, PRICE));
    expect(await timeline(days.id, 'en')).toContain(`7 days more by the promo code ${more.code}`);
  });

  it('shows what became of the use of its code, and the rewards that it has brought', async () => {
    const code = await promoCode(shop.pool);
    const { id, userId } = await shop.issued(await shop.buyer(), withPromo(code, PRICE));
    const referrer = await shop.buyer();
    const add = (role: string, of: number, change: string) =>
      shop.pool
        .query(
          `INSERT INTO referral_rewards (id, payment_id, friend_id, role, user_id, days, created_at, due_at)
         VALUES (gen_random_uuid(), $1, $2, $3, $4, 7, '2026-03-01T10:00:00Z', '2026-03-08T10:00:00Z')`,
          [id, userId, role, of],
        )
        .then(() =>
          shop.pool.query(`UPDATE referral_rewards SET ${change} WHERE payment_id = $1 AND role = $2`, [id, role]),
        );
    await add('friend', userId, `status = 'voucher'`);
    await add('referrer', referrer, `suspicions = '{many-friends}'`);
    const text = await timeline(id, 'en');
    for (const words of [
      `a use of the promo code ${code.code} is reserved`,
      `a use of the promo code ${code.code} is used`,
      `it brings the friend ${userId} 7 days, due 2026-03-08 10:00`,
      `the reward of the friend ${userId} is voucher`,
      `it brings the referrer ${referrer} 7 days, due 2026-03-08 10:00 (many-friends)`,
    ])
      expect(text).toContain(words);
    expect(text).not.toContain(`the reward of the referrer ${referrer} is`);
    const ru = await timeline(id, 'ru');
    expect(ru).toContain(`промокод ${code.code}: used`);
    expect(ru).toContain(`награда за приглашение, referrer ${referrer}: дней 7, срок 2026-03-08 10:00`);
  });
});
