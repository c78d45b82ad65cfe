/**
 * What stops an attempt at the panel, which may be under way at that moment: on a real server, because the
 * time-skipping one treats an attempt that fails after its cancellation in its own way.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../support/wait';
import { keepHistory, openPurchaseRunner, realServer, type Purchase, type PurchaseRunner } from './purchaseRunner';
import type { Timetable } from './fakeActivities';

const AWAY: Timetable = { paidAt: 0, panelAway: [0, 100_000] };

const REFUND_DECIDED = { outcome: 'done', status: 'refunding' };

let runner: PurchaseRunner;
beforeAll(async () => {
  runner = await openPurchaseRunner(() => realServer('stopping'));
});
afterAll(() => runner?.close());

const choiceIsShown = ({ fakes }: Purchase) =>
  waitUntil(() => fakes.seen.screens.includes('delayed'), { what: 'the choice is shown' });

describe('YooKassa asks to be left alone for minutes', () => {
  it.each(['a notification', 'an operator’s "retry"'])(
    'when it is asked for the link: %s ends the pause',
    async (who) => {
      await runner.purchase({ paidAt: 0, linkPauseMs: 300_000 }, async ({ fakes, paymentId, workflows, outcome }) => {
        await waitUntil(() => fakes.seen.linkTries === 1, { what: 'the link was asked for' });
        fakes.yookassaIsBack();
        if (who === 'a notification') await workflows.notified(paymentId);
        else await workflows.operatorDecides(paymentId, 'retry', 'operator:1');
        expect((await outcome()).status).toBe('issued');
        expect(fakes.seen).toMatchObject({ linkTries: 2, links: 1, keys: 1 });
      });
    },
  );

  it('when it is asked on somebody’s word: the next call ends the pause', async () => {
    await runner.purchase({ watchWaits: true, checkPauseMs: 300_000 }, async ({ fakes, ...purchase }) => {
      const { paymentId, workflows, outcome } = purchase;
      await waitUntil(() => fakes.seen.watches === 1, { what: 'the payment is watched' });
      await workflows.notified(paymentId);
      await waitUntil(() => fakes.seen.checks === 2, { what: 'it was asked, on the fast path and after it' });
      fakes.yookassaIsBack();
      fakes.payNow();
      // Comes while the first look is fresh, and nothing else comes after it.
      await workflows.notified(paymentId);
      expect((await outcome()).status).toBe('issued');
      expect(fakes.seen).toMatchObject({ checks: 3, keys: 1 });
    });
  });
});

describe('the panel is away', () => {
  it('and the buyer wants their money back: they get it at once', async () => {
    await runner.purchase(AWAY, async (purchase) => {
      await choiceIsShown(purchase);
      expect(await purchase.workflows.decideDelay(purchase.paymentId, 'refund')).toEqual(REFUND_DECIDED);
      expect(await purchase.outcome()).toEqual({ status: 'refunded', reason: 'buyer-chose-refund' });
      expect(purchase.fakes.seen.keys).toBe(0);
    });
  });

  it('and they want it while an attempt is under way that fails after all: they get it, nothing is stuck', async () => {
    await runner.purchase({ ...AWAY, panelHolds: true }, async (purchase) => {
      const { fakes } = purchase;
      await waitUntil(() => fakes.seen.panelTries === 5, { what: 'the long attempt is under way' });
      const answer = purchase.workflows.decideDelay(purchase.paymentId, 'refund');
      await waitUntil(
        async () => (await purchase.events()).some(({ type }) => type === 'ACTIVITY_TASK_CANCEL_REQUESTED'),
        { what: 'the attempt is asked to stop' },
      );
      fakes.panelHangsUp();
      expect(await answer).toEqual(REFUND_DECIDED);
      expect(await purchase.outcome()).toEqual({ status: 'refunded', reason: 'buyer-chose-refund' });
      await keepHistory(purchase.handle, 'refund-during-an-attempt');
    });
  });

  it('and they decide twice at the same moment: each is answered, and the money goes back once', async () => {
    await runner.purchase(AWAY, async (purchase) => {
      await choiceIsShown(purchase);
      const { decideDelay } = purchase.workflows;
      const [refund, other] = await Promise.all([
        decideDelay(purchase.paymentId, 'refund'),
        decideDelay(purchase.paymentId, 'another-server'),
      ]);
      expect(refund).toEqual(REFUND_DECIDED);
      expect(['done', 'moved-on', 'not-running']).toContain(other.outcome);
      expect((await purchase.outcome()).status).toBe('refunded');
      expect(purchase.fakes.seen).toMatchObject({ refunds: 1, keys: 0 });
    });
  });

  it('and YooKassa cancels the refund: it waits for an operator, and is asked for again when they say so', async () => {
    await runner.purchase({ ...AWAY, refunds: ['canceled', 'succeeded'] }, async (purchase) => {
      await choiceIsShown(purchase);
      await purchase.workflows.decideDelay(purchase.paymentId, 'refund');
      await waitUntil(() => purchase.fakes.seen.alerts.some((note) => note.includes('insufficient_funds')), {
        what: 'the owner is told',
      });
      expect((await purchase.workflows.progress(purchase.paymentId))?.needsAttention).toBe(true);
      await purchase.workflows.operatorDecides(purchase.paymentId, 'retry', 'operator:1');
      expect((await purchase.outcome()).status).toBe('refunded');
      await keepHistory(purchase.handle, 'refund-canceled-then-retried');
    });
  });

  it.each(['the buyer’s "wait"', 'an operator’s "retry"'])('and names a pause of minutes: %s ends it', async (who) => {
    await runner.purchase({ ...AWAY, panelPauseMs: 300_000 }, async (purchase) => {
      const { fakes, paymentId, workflows } = purchase;
      await choiceIsShown(purchase);
      await waitUntil(() => fakes.seen.panelTries === 3, { what: 'the long attempt has failed' });
      fakes.panelIsBack();
      if (who.includes('buyer')) expect((await workflows.decideDelay(paymentId, 'wait')).outcome).toBe('done');
      else await workflows.operatorDecides(paymentId, 'retry', 'operator:1');
      expect((await purchase.outcome()).status).toBe('issued');
      expect(fakes.seen).toMatchObject({ panelTries: 4, keys: 1, refunds: 0 });
    });
  });

  it('and refuses this one account: an operator’s "retry" that is refused in the same words is told', async () => {
    await runner.purchase({ ...AWAY, panelRefuses: 'hidden' }, async (purchase) => {
      const { fakes, paymentId, workflows } = purchase;
      await choiceIsShown(purchase);
      await waitUntil(() => fakes.seen.alerts.length === 1, { what: 'the owner is told' });
      await workflows.operatorDecides(paymentId, 'retry', 'operator:1');
      await waitUntil(() => fakes.seen.alerts.length === 2, { what: 'the owner is told of the second refusal' });
      expect(fakes.seen.alerts[1]).toBe(fakes.seen.alerts[0]);
      fakes.panelIsBack();
      await workflows.operatorDecides(paymentId, 'retry', 'operator:1');
      expect((await purchase.outcome()).status).toBe('issued');
      expect(fakes.seen.alerts).toHaveLength(2);
    });
  });

  it.each([
    ['and another server has room: the key comes from there', true, 'issued'],
    ['and no other server has room: the money goes back', false, 'refunded'],
  ])('and is gone for good %s', async (_what, otherServer, status) => {
    await runner.purchase({ ...AWAY, otherServer }, async (purchase) => {
      const { fakes } = purchase;
      await choiceIsShown(purchase);
      fakes.panelIsGone();
      await purchase.workflows.decideDelay(purchase.paymentId, 'wait');
      expect(await purchase.outcome()).toEqual({ status, reason: otherServer ? null : 'panel-gone' });
      expect(fakes.seen).toMatchObject({ keys: otherServer ? 1 : 0, refunds: otherServer ? 0 : 1, serverChanges: 1 });
    });
  });

  it('and was gone for good when the money came: nobody waits for it', async () => {
    await runner.purchase({ paidAt: 0, panelGone: true }, async ({ fakes, outcome }) => {
      expect(await outcome()).toEqual({ status: 'refunded', reason: 'panel-gone' });
      expect(fakes.seen).toMatchObject({ panelTries: 0, refunds: 1, keys: 0 });
      expect(fakes.seen.screens).not.toContain('delayed');
    });
  });

  it('and they choose another server: the key comes from there, the old one is cleared', async () => {
    await runner.purchase({ ...AWAY, otherServer: true }, async (purchase) => {
      await choiceIsShown(purchase);
      expect((await purchase.workflows.decideDelay(purchase.paymentId, 'another-server')).outcome).toBe('done');
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen).toMatchObject({ serverChanges: 1, revocations: 1, keys: 1, refunds: 0 });
      await keepHistory(purchase.handle, 'another-server');
    });
  });
});
