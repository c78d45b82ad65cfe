import { describe, expect, it } from '@jest/globals';
import { createStarChargesRepository, type NewStarCharge } from '../../../src/storage/postgres/starCharges';
import { useShop } from './shopDatabase';

const shop = useShop();
const charges = () => createStarChargesRepository(shop.pool);
let count = 0;
const charge = (change: Partial<NewStarCharge> = {}): NewStarCharge => ({
  // In production some are longer than 128 characters.
  chargeId: `stx${String((count += 1)).padStart(150, '0')}`,
  payload: `order-${count}`,
  payerId: 501,
  stars: 250,
  chargedAt: new Date('2026-11-28T10:00:00Z'),
  ...change,
});

describe('a charge', () => {
  it('is written down once, whoever tells of it', async () => {
    const one = charge();
    expect(await Promise.all([charges().record(one), charges().record(one)])).toEqual(
      expect.arrayContaining([true, false]),
    );
    expect(await charges().record({ ...one, stars: 1 })).toBe(false);
    expect(await charges().byId(one.chargeId)).toMatchObject({ ...one, refundedAt: null, refundAttempt: null });
  });

  it('of an order that was paid twice is one of two', async () => {
    const one = charge();
    const other = charge({ payload: one.payload, payerId: 502, chargedAt: new Date('2026-11-28T10:00:05Z') });
    await charges().record(other);
    await charges().record(one);
    expect((await charges().ofRef(one.payload)).map(({ payerId }) => payerId)).toEqual([501, 502]);
  });

  it('goes back once, at the time of the first word of it', async () => {
    const one = charge();
    await charges().record(one);
    const [first, second] = [new Date('2026-11-28T11:00:00Z'), new Date('2026-11-28T12:00:00Z')];
    expect(await charges().recordRefunded(one.chargeId, first)).toBe(one.payload);
    await charges().recordRefunded(one.chargeId, second);
    expect((await charges().byId(one.chargeId))?.refundedAt).toEqual(first);
    expect(await charges().recordRefunded('stx-unknown', first)).toBeUndefined();
  });
});

describe('what a refund gives back', () => {
  it('is chosen once for each attempt, the newest first, and never what has gone back', async () => {
    const one = charge();
    const other = charge({ payload: one.payload, chargedAt: new Date('2026-11-28T10:00:05Z') });
    await charges().record(one);
    await charges().record(other);
    const chosen = await charges().chooseForRefund(one.payload, 1);
    expect(chosen?.chargeId).toBe(other.chargeId);
    await charges().recordRefunded(other.chargeId, new Date());
    expect((await charges().chooseForRefund(one.payload, 1))?.chargeId).toBe(other.chargeId);
    expect((await charges().chooseForRefund(one.payload, 2))?.chargeId).toBe(one.chargeId);
    await charges().recordRefunded(one.chargeId, new Date());
    expect(await charges().chooseForRefund(one.payload, 3)).toBeUndefined();
    expect(await charges().chooseForRefund('nothing', 1)).toBeUndefined();
  });

  it('is chosen again by the next attempt when one was refused', async () => {
    const one = charge();
    await charges().record(one);
    await charges().chooseForRefund(one.payload, 1);
    expect((await charges().chooseForRefund(one.payload, 2))?.chargeId).toBe(one.chargeId);
    expect(await charges().chooseForRefund(one.payload, 1)).toBeUndefined();
  });
});
