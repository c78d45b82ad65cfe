import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freshKey, openShop, openWebhookTarget, paymentBody, type TestShop } from './simulatorClient';

// Sources: "docs" are the pages of yookassa.ru/developers, "spec" the published OpenAPI file, "SDK" the official one
// for Python, which lists the reasons of cancellation.

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(async () => shop.close());
beforeEach(async () => shop.sim('POST', '/reset'));

/** A payment that was paid. @returns its payment_method */
const paid = async (change: object = {}, how: object = {}): Promise<Record<string, any>> => {
  const { id } = await shop.newPayment(change);
  return (await shop.sim('POST', `/payments/${id}/pay`, how)).payment_method;
};
/** What a charge of a saved card comes to, without the buyer and without a confirmation. */
const charge = async (payment_method_id: string, key = freshKey()) =>
  shop.api('POST', '/payments', { key, body: paymentBody({ confirmation: undefined, payment_method_id }) });
const saveOne = async () => (await paid({ save_payment_method: true }))['id'] as string;

describe('saving while paying: three modes (docs, recurring payments)', () => {
  it('true saves without asking, false never, and only `saved` of the paid payment tells', async () => {
    await shop.sim('PUT', '/faults', { buyerMaySave: true });
    expect(await paid({ save_payment_method: true })).toMatchObject({
      saved: true,
      status: 'active',
      title: 'Bank card *4444',
    });
    expect(await paid({ save_payment_method: false }, { save: true })).toMatchObject({
      saved: false,
      status: 'inactive',
    });
    expect(await shop.sim('GET', '/methods')).toHaveLength(1);
  });

  it('without the field the page asks the buyer, where the shop has that option', async () => {
    const box = 'data-testid="save"';
    const page = async () => fetch((await shop.newPayment())['confirmation'].confirmation_url);
    expect(await (await page()).text()).not.toContain(box);
    expect(await paid({}, { save: true })).toMatchObject({ saved: false });
    await shop.sim('PUT', '/faults', { buyerMaySave: true });
    expect(await (await page()).text()).toContain(box);
    const { id, confirmation } = await shop.newPayment();
    const form = new URLSearchParams({ action: 'pay', card: '5555 5555 5555 4444', save: '1' });
    await fetch(confirmation.confirmation_url, { method: 'POST', body: form, redirect: 'manual' });
    expect((await shop.api('GET', `/payments/${id}`)).json['payment_method']).toMatchObject({ saved: true });
    expect(await paid()).toMatchObject({ saved: false });
  });

  it('a card may stay unsaved although it was asked for, and a declined one always does', async () => {
    await shop.sim('PUT', '/faults', { methodsNotSaved: true });
    const { id } = await paid({ save_payment_method: true });
    expect(await charge(id)).toMatchObject({
      status: 400,
      json: { parameter: 'payment_method_id', description: 'Payment method is not saved' },
    });
    await shop.sim('PUT', '/faults', { methodsNotSaved: null });
    const declined = await paid({ save_payment_method: true }, { card: '5555555555554600' });
    expect(declined).toMatchObject({ saved: false });
    expect((await charge('2f3b588d-000f-5000-8000-000000000000')).json['description']).toBe(
      'Payment method is not found',
    );
  });

  it('a shop without a manager’s approval is forbidden to save and to charge (docs: works at once in a test shop only)', async () => {
    const id = await saveOne();
    await shop.sim('PUT', '/faults', { savingForbidden: true });
    const save = await shop.api('POST', '/payments', { body: paymentBody({ save_payment_method: true }) });
    for (const answer of [save, await charge(id)])
      expect(answer).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect((await shop.api('POST', '/payments', { body: paymentBody() })).status).toBe(200);
  });
});

describe('charging a saved card (docs, paying with a saved method)', () => {
  it('ends at once, without a link, and can be repeated under its key after a lost answer', async () => {
    const id = await saveOne();
    const key = freshKey();
    await shop.sim('PUT', '/faults', { error500: { when: 'after', times: 1 } });
    expect((await charge(id, key)).status).toBe(500);
    const { json } = await charge(id, key);
    expect(json).toMatchObject({ status: 'succeeded', paid: true, payment_method: { id, saved: true } });
    expect(json).not.toHaveProperty('confirmation');
    expect(
      (await shop.sim('GET', '/payments')).filter((payment: any) => payment.payment_method?.id === id),
    ).toHaveLength(2);
  });

  it.each([
    ['insufficient_funds', 'payment_network'],
    ['card_expired', 'payment_network'],
    ['general_decline', 'payment_network'],
    ['call_issuer', 'payment_network'],
    ['payment_method_restricted', 'payment_network'],
    ['issuer_unavailable', 'payment_network'],
    ['country_forbidden', 'yoo_money'],
    ['internal_timeout', 'yoo_money'],
    ['a_reason_of_tomorrow', 'payment_network'],
  ])('is declined for %s, as often as told (SDK, cancellation reasons: an open set)', async (reason, party) => {
    const id = await saveOne();
    await shop.sim('PUT', `/methods/${id}`, { declinedBecause: reason, times: 2 });
    for (let at = 0; at < 2; at += 1)
      expect((await charge(id)).json).toMatchObject({
        status: 'canceled',
        paid: false,
        cancellation_details: { party, reason },
      });
    expect((await charge(id)).json).toMatchObject({ status: 'succeeded' });
  });

  it('whose buyer has withdrawn the permission never pays again', async () => {
    const id = await saveOne();
    await shop.sim('POST', `/methods/${id}/revoke`);
    for (let at = 0; at < 2; at += 1)
      expect((await charge(id)).json).toMatchObject({
        status: 'canceled',
        cancellation_details: { reason: 'permission_revoked' },
      });
  });

  it('may stay pending with "receipt first", has no hour to be confirmed in, and ends later (docs)', async () => {
    const target = await openWebhookTarget();
    const id = await saveOne();
    await shop.sim('PUT', '/webhook', { url: target.url });
    await shop.sim('PUT', '/faults', { autopaymentsPending: true });
    const { json } = await charge(id);
    expect(json).toMatchObject({ status: 'pending', paid: false, payment_method: { id, saved: true } });
    await expect(shop.sim('POST', `/payments/${json['id']}/pay`)).rejects.toThrow('400');
    await shop.sim('PUT', '/clock', { offsetMs: 2 * 3_600_000 });
    expect((await shop.api('GET', `/payments/${json['id']}`)).json['status']).toBe('pending');
    await shop.sim('PUT', '/faults', { autopaymentsPending: null });
    expect((await shop.api('GET', `/payments/${json['id']}`)).json['status']).toBe('succeeded');
    expect(await shop.sim('GET', '/webhooks')).toMatchObject([{ event: 'payment.succeeded', objectId: json['id'] }]);
    await target.close();
  });
});

describe('a chosen way to pay (spec, payment_method_data)', () => {
  it('is in the object at once; one the shop has not been given is refused', async () => {
    const sbp = { payment_method_data: { type: 'sbp' } };
    expect((await shop.newPayment(sbp))['payment_method']).toMatchObject({ type: 'sbp', saved: false });
    expect(await paid({ ...sbp, save_payment_method: true })).toMatchObject({ type: 'sbp', saved: true });
    expect(await shop.newPayment()).not.toHaveProperty('payment_method');
    await shop.sim('PUT', '/faults', { methodNotEnabled: 'sbp' });
    for (const type of ['sbp', 'carrier_pigeon'])
      expect(
        await shop.api('POST', '/payments', { body: paymentBody({ payment_method_data: { type } }) }),
      ).toMatchObject({
        status: 400,
        json: { code: 'invalid_request', parameter: 'payment_method_data.type' },
      });
  });
});
