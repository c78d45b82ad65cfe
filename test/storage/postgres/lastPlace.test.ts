/** The last place of a server, and everything that takes one: an order, a trial, a voucher. */
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, it } from '@jest/globals';
import { applyCatalogue } from '../../../src/storage/postgres/applyCatalogue';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import { outcomes, catalogue, times, useShop } from './shopDatabase';
import { trialOffer, trialRequest } from './trials';
import { answerOf, claimVoucher, makeVouchers } from './vouchers';

const shop = useShop();
const FI = { locationCode: 'fi' } as const;
const OF_EACH = 34;
const ROUNDS = 100;

beforeAll(() =>
  applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer({ perDay: 10_000, perReferrerPerDay: 10_000 }) }),
);

/** The place is free again, as at the end of what took it. */
async function free(): Promise<void> {
  await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE location_code = 'fi' AND status = 'created'`);
  await shop.pool.query(
    `UPDATE subscriptions SET status = 'expired' WHERE server_code = 'fi-1' AND status IN ('pending', 'active')`,
  );
}
const HEAD_STARTS_MS = [0, 2, 10, 60];
const taken = async (): Promise<number> =>
  (await shop.count('payments', `location_code = 'fi' AND status = 'created'`)) +
  (await shop.count('subscriptions', `server_code = 'fi-1' AND status IN ('pending', 'active')`));

it('G5: of 102 at once who order, try and claim on the last place, exactly one has it: 100 times over', async () => {
  const grants = createFreeGrantsRepository(shop.pool);
  const people = async () => {
    const found: number[] = [];
    for (let n = 0; n < OF_EACH; n += 1) found.push(await shop.buyer());
    return found;
  };
  const [buyers, triers, claimers] = [await people(), await people(), await people()];
  const vouchers = await makeVouchers(shop.pool, OF_EACH + ROUNDS);
  const won = { order: 0, trial: 0, voucher: 0 };

  const order = async (userId: number): Promise<string> => {
    const { outcome } = await shop.payments.open(shop.draft(userId, FI));
    if (outcome === 'created') won.order += 1;
    return outcome === 'created' ? 'given' : outcome;
  };
  const trial = async (at: number): Promise<string> => {
    const answer = await grants.giveTrial(trialRequest(triers[at]!, FI), new Date());
    if (answer.outcome !== 'given') return answer.why;
    won.trial += 1;
    // Once for ever: another person asks in the next round.
    triers[at] = await shop.buyer();
    return 'given';
  };
  const claim = async (at: number): Promise<string> => {
    const answer = await answerOf(claimVoucher(shop.pool, vouchers[at]!.id, claimers[at]!, FI));
    if (answer !== 'given') return answer;
    won.voucher += 1;
    vouchers[at] = vouchers.pop()!;
    return answer;
  };

  for (let round = 0; round < ROUNDS; round += 1) {
    const indexes = times(OF_EACH, (n) => n);
    const after = (headStart: Promise<unknown>, one: () => Promise<string>) => headStart.then(one);
    const kinds = [
      (headStart: Promise<unknown>) => buyers.map((buyer) => after(headStart, () => order(buyer))),
      (headStart: Promise<unknown>) => indexes.map((at) => after(headStart, () => trial(at))),
      (headStart: Promise<unknown>) => indexes.map((at) => after(headStart, () => claim(at))),
    ];
    // Another kind comes first in each round, and not always by as much: what takes more queries needs a head start to
    // win at all.
    const headStartMs = HEAD_STARTS_MS[round % HEAD_STARTS_MS.length]!;
    const tries = [0, 1, 2].flatMap((n) => kinds[(round + n) % 3]!(pause(n * headStartMs)));
    expect(await outcomes(tries)).toEqual({ given: 1, full: 3 * OF_EACH - 1 });
    expect(await taken()).toBe(1);
    await free();
  }
  expect(won.order + won.trial + won.voucher).toBe(ROUNDS);
  for (const kind of Object.values(won)) expect(kind).toBeGreaterThan(0);
  // Whoever got nothing has nothing.
  expect(await shop.count('free_grants', 'user_id = ANY($1)', triers)).toBe(0);
}, 600_000);
