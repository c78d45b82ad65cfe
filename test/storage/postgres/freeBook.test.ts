/** G1 in PostgreSQL with what costs nothing: whatever is bought, given, delivered and taken back, the book is recorded. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyCatalogue } from '../../../src/storage/postgres/applyCatalogue';
import { createAuditRepository } from '../../../src/storage/postgres/audit';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import { compareGifts } from '../../../src/support/audit/gifts';
import { bookDifferences } from './books';
import { catalogue, PRICE, useShop } from './shopDatabase';
import { trialGiven, trialOffer, trialRequest } from './trials';
import { claimVoucher } from './vouchers';

const shop = useShop();
const grants = () => createFreeGrantsRepository(shop.pool);
beforeAll(() => applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer() }));

const START = new Date('2026-03-01T10:00:00Z');
const steps = fc.array(
  fc.record({
    does: fc.constantFrom('renew', 'gift', 'by-hand', 'deliver', 'deliver-late', 'refund', 'refund-part', 'use'),
    which: fc.nat({ max: 5 }),
    share: fc.double({ min: 0.05, max: 0.9, noNaN: true }),
    /** Hours since the step before. */
    after: fc.integer({ min: 0, max: 20 * 24 }),
  }),
  { minLength: 3, maxLength: 10 },
);

async function use(subscriptionId: string, gb: number): Promise<void> {
  await shop.pool.query(
    `INSERT INTO subscription_usage AS u (subscription_id, used_gb, panel_enabled, panel_active) VALUES ($1, $2, true, true)
     ON CONFLICT (subscription_id) DO UPDATE SET used_gb = u.used_gb + $2`,
    [subscriptionId, gb],
  );
}

/** Something that was bought or given for the subscription: a payment, of a gift its order, or days by hand. */
interface Given {
  readonly paymentId?: string;
  readonly grantId?: string;
}

/** The panel confirms what the database says, at once or late. */
async function delivered(subscriptionId: string, { paymentId, grantId }: Given, lateAt?: Date): Promise<void> {
  if (grantId === undefined) return void (await shop.deliver(paymentId!, lateAt));
  const subscription = (await shop.subscriptions.byId(subscriptionId))!;
  if (lateAt === undefined) return void (await grants().recordDelivered(grantId, subscription));
  const term = await grants().termIfDelivered({ id: grantId, subscriptionId }, lateAt);
  await grants().recordDelivered(grantId, { ...subscription, ...term, delayedTo: lateAt });
}

describe('G1: the recorded end, limits and plan are what the book comes to, and money, gifts and access agree', () => {
  it('after any sequence of purchases, gifts, days by hand, late deliveries and refunds, on a trial or a purchase', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('trial', 'purchase'), steps, async (first, sequence) => {
        const userId = await shop.buyer();
        let now = START;
        const given: Given[] = [];
        let subscriptionId: string;
        if (first === 'trial') {
          const trial = await trialGiven(shop.pool, trialRequest(userId), now);
          ({ subscriptionId } = trial);
          await delivered(subscriptionId, { grantId: trial.id });
        } else {
          const bought = await shop.issued(userId, {}, now);
          ({ subscriptionId } = bought);
          given.push({ paymentId: bought.id });
        }
        for (const { does, which, share, after } of sequence) {
          now = new Date(now.getTime() + after * 3_600_000);
          // Small numbers come more often, and mean the newest.
          const one = given.at(-1 - (which % Math.max(1, given.length)));
          if (does === 'use') await use(subscriptionId, share * 10);
          else if (does === 'renew') {
            const opened = await shop.payments.open(shop.draft(userId, { renewsSubscriptionId: subscriptionId }));
            if (opened.outcome !== 'created') continue;
            await shop.recordPaid(opened.payment.id, now);
            given.push({ paymentId: opened.payment.id });
          } else if (does === 'gift') {
            const { id: paymentId } = await shop.open(await shop.buyer(), { locationCode: null });
            await shop.recordPaid(paymentId, now);
            const claim = await claimVoucher(shop.pool, paymentId, userId, { subscriptionId }, now);
            if (claim.outcome === 'given') given.push({ paymentId, grantId: claim.id });
          } else if (does === 'by-hand') {
            const words = { days: 1 + which, note: randomUUID(), actor: 'operator:test' };
            const answer = await grants().giveByHand({ kind: 'owner', subscriptionId, ...words }, now);
            if (answer.outcome === 'given') given.push({ grantId: answer.id });
          } else if (one !== undefined && (does === 'deliver' || does === 'deliver-late'))
            await delivered(subscriptionId, one, does === 'deliver-late' ? now : undefined);
          else if (one?.paymentId !== undefined) {
            const kopecks = does === 'refund' ? null : Math.floor(PRICE * share);
            const request = { requestId: randomUUID(), kopecks, reason: 'test', askedBy: 'operator:1' };
            if ((await shop.status(one.paymentId)) === 'issued')
              await shop.payments.planRefund(one.paymentId, request, PRICE, now);
            else await shop.payments.planUndeliveredRefund(one.paymentId, request);
          }
          expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
          expect(compareGifts(await createAuditRepository(shop.pool).gifts(new Date(0)))).toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
  }, 240_000);
});
