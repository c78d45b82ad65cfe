/** `npm run payment` as an operator runs it: a process of its own, on a real database and a real Temporal server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refundWorkflowId, type RefundRequest } from '../../src/workflows/contracts/refund';
import { openNamespace, type TestNamespace } from '../schedules/namespace';
import { PRICE, days, useShop } from '../storage/postgres/shopDatabase';
import { offerTrial, trialGiven, trialRequest } from '../storage/postgres/trials';
import { runProgram } from './program';

const LIMIT_MS = 240_000;
const shop = useShop();
let space: TestNamespace;
beforeAll(async () => {
  space = await openNamespace('cli');
}, LIMIT_MS);
afterAll(() => space?.close(), LIMIT_MS);

const cli = (...words: string[]) =>
  runProgram('src/cli/payment.ts', words, {
    DATABASE_URL: shop.database.url,
    TEMPORAL_ADDRESS: space.address,
    TEMPORAL_NAMESPACE: space.name,
  });

const requestsOf = async (paymentId: string): Promise<RefundRequest[]> => {
  const { events } = await space.client.workflow.getHandle(refundWorkflowId(paymentId)).fetchHistory();
  return (events ?? []).flatMap(
    (event) =>
      event.workflowExecutionSignaledEventAttributes?.input?.payloads?.map(
        ({ data }) => JSON.parse(Buffer.from(data!).toString()) as RefundRequest,
      ) ?? [],
  );
};

describe('npm run payment', () => {
  it.each([
    [[]],
    [['show']],
    [['destroy', '1']],
    [['refund', 'x', '--amount', '1e9']],
    [['refund', 'x', '--amount', '-5']],
    [['retry', 'x', '--amount', '5']],
    [['show', '1', '2']],
    [['show', '1', '--force']],
  ])(
    'does not guess what %j may mean',
    async (words) => {
      const { code, err } = await cli(...words);
      expect({ code, usage: err.startsWith('Usage:') }).toEqual({ code: 2, usage: true });
    },
    LIMIT_MS,
  );

  it(
    'shows what costs nothing by the id of its workflow, and decides nothing that makes no sense',
    async () => {
      await offerTrial(shop.pool);
      const user = await shop.buyer();
      await trialGiven(shop.pool, trialRequest(user));
      const shown = await cli('show', `grant-trial-${user}`);
      expect({ code: shown.code, out: shown.out }).toEqual({
        code: 0,
        out: expect.stringMatching(
          /^grant-trial-\d+: no workflow is known.*\n\nGiven for nothing\n.*not made the key/s,
        ),
      });
      const closed = await cli('close', `grant-trial-${user}`, '--yes');
      expect(closed).toMatchObject({ code: 1, err: expect.stringContaining('"close" does not apply') });
    },
    LIMIT_MS,
  );

  it(
    'shows a buyer’s newest payment in full and lists their others; says so when there is none',
    async () => {
      const user = await shop.buyer();
      const first = await shop.issued(user);
      const second = await shop.open(user);
      const { code, out } = await cli('show', String(user));
      expect(code).toBe(0);
      for (const words of [
        second.id,
        'What happened (UTC)',
        'buyer     confirmed',
        'What happens next',
        'no workflow runs for it',
        first.id,
      ])
        expect(out).toContain(words);
      expect(await cli('show', '99999999')).toMatchObject({
        code: 1,
        err: expect.stringContaining('No payment is known'),
      });
    },
    LIMIT_MS,
  );

  it(
    'takes the order number of the screens, however it is written, for every command',
    async () => {
      const { id } = await shop.issued(await shop.buyer());
      const number = id.slice(0, 8);
      for (const words of [[number], [number.toUpperCase()], [`№ ${number}`], ['Order', `#${number}`]])
        expect(await cli('show', ...words)).toMatchObject({ code: 0, out: expect.stringContaining(id) });
      expect(await cli('refund', number)).toMatchObject({ code: 1, out: expect.stringContaining(id) });
    },
    LIMIT_MS,
  );

  it(
    'offers a choice where two payments share an order number, and decides nothing',
    async () => {
      const ids = ['ab12cd34-1111-4111-8111-111111111111', 'ab12cd34-2222-4222-8222-222222222222'];
      const users = [await shop.buyer(), await shop.buyer()];
      for (const [index, paymentId] of ids.entries()) await shop.issued(users[index]!, { paymentId });
      for (const words of [
        ['show', 'AB12CD34'],
        ['refund', 'ab12cd34', '--yes'],
      ]) {
        const { code, out, err } = await cli(...words);
        expect({ code, out }).toEqual({ code: 1, out: '' });
        for (const part of ['fits 2 payments; name one by its whole id', ...ids]) expect(err).toContain(part);
      }
      expect(await shop.count('audit_log', 'payment_id = ANY($1)', ids)).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'decides nothing that nobody confirms',
    async () => {
      const { id } = await shop.issued(await shop.buyer());
      expect(await cli('refund', id)).toMatchObject({ code: 1, out: expect.stringContaining('Nothing was decided') });
      expect(await shop.count('audit_log', 'payment_id = $1', id)).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'says before it asks what a refund will really take: how many days, until when, how much traffic',
    async () => {
      const paidAt = new Date(Date.now() - days(20));
      const { id, subscriptionId } = await shop.issued(await shop.buyer(), {}, paidAt);
      const end = new Date(paidAt.getTime() + days(30));
      const day = (moment: Date) => moment.toISOString().slice(0, 10);
      // Half of the price is 15 of 30 days, of which only 10 are still ahead.
      const half = await cli('refund', id, '--amount', '99.50');
      expect(half.out).toMatch(/99\.50 RUB go back; ends the access now, traffic 100 → 50 GiB/);
      const sixth = await cli('refund', id, '--amount', '33.16');
      expect(sixth.out).toContain(
        `shortens it by 4 days 23 h to ${day(new Date(end.getTime() - days(5) + 3_600_000))}`,
      );
      const all = await cli('refund', id);
      expect(all.out).toMatch(/199\.00 RUB go back; the access is revoked; it would have lasted until/);
      expect(await cli('refund', id, '--amount', '198.50')).toMatchObject({
        code: 1,
        err: expect.stringContaining('less than a rouble would be left'),
      });
      // Nothing of this was done.
      expect(await shop.row('subscriptions', 'id = $1', subscriptionId)).toMatchObject({
        status: 'active',
        expires_at: end,
        traffic_gb: 100,
      });
      expect(await shop.row('payments', 'id = $1', id)).toMatchObject({ refunded_kopecks: 0 });
      expect(await shop.count('grant_entries', 'subscription_id = $1', subscriptionId)).toBe(1);
      expect(await shop.count('access_revocations', 'payment_id = $1', id)).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'sends a part refund to the workflow, in kopecks, and records who requested it',
    async () => {
      const { id } = await shop.issued(await shop.buyer());
      expect(await cli('refund', id, '--amount', '99.50', '--yes', '--as', 'ann')).toMatchObject({
        code: 0,
        out: expect.stringContaining('99.50 RUB'),
      });
      expect(await requestsOf(id)).toEqual([
        { requestId: expect.any(String), kopecks: 9_950, askedBy: 'operator:ann', reason: 'operator-refund' },
      ]);
      expect(await shop.row('audit_log', 'payment_id = $1', id)).toMatchObject({
        actor: 'operator:ann',
        action: 'refund',
        details: { status: 'issued', kopecks: 9_950, requestId: expect.any(String), outcome: 'refund-started' },
      });
    },
    LIMIT_MS,
  );

  it(
    'refuses decisions that do not apply: money that has not come, a payment that has ended',
    async () => {
      const open = await shop.open(await shop.buyer());
      expect(await cli('refund', open.id, '--yes')).toMatchObject({
        code: 1,
        err: expect.stringContaining('no money has come'),
      });
      const ended = await shop.open(await shop.buyer());
      await shop.payments.transitionTo(ended.id, 'canceled', 'test');
      for (const decision of ['retry', 'deliver', 'refund', 'close'])
        expect(await cli(decision, ended.id, '--yes')).toMatchObject({
          code: 1,
          err: expect.stringContaining('it has ended'),
        });
      expect(await shop.count('audit_log', 'payment_id = ANY($1)', [open.id, ended.id])).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'lists sums that nobody can explain until one is resolved',
    async () => {
      await shop.pool.query(
        `INSERT INTO money_anomalies (kind, provider, provider_ref, currency, minor) VALUES ('unknown-payment', 'yookassa', '2e8c1f4a-000f-5000-8000-1c2d3e4f5a6b', 'RUB', $1)`,
        [PRICE],
      );
      expect((await cli('unexplained')).out).toContain('199.00 RUB  YooKassa 2e8c1f4a-000f-5000-8000-1c2d3e4f5a6b');
      expect((await cli('resolve', '2e8c1f4a-000f-5000-8000-1c2d3e4f5a6b', '--yes', '--as', 'ann')).code).toBe(0);
      expect((await cli('unexplained')).out).toContain('Everything is explained');
      expect((await cli('resolve', 'nothing', '--yes')).code).toBe(1);

      // Each provider counts for itself: the same number may be another's.
      await shop.pool.query(
        `INSERT INTO money_anomalies (kind, provider, provider_ref, currency, minor)
         SELECT 'unknown-payment', provider, '77', 'RUB', $1 FROM unnest(ARRAY['cryptopay', 'yookassa']) AS provider`,
        [PRICE],
      );
      const several = await cli('resolve', '77', '--yes');
      expect([several.code, several.err]).toEqual([1, expect.stringContaining('cryptopay:77 or yookassa:77')]);
      expect((await cli('resolve', 'yookassa:77', '--yes', '--as', 'ann')).code).toBe(0);
      expect((await cli('unexplained')).out).toContain('1 to be resolved');
      expect((await cli('resolve', '77', '--yes', '--as', 'ann')).code).toBe(0);
    },
    LIMIT_MS,
  );
});
