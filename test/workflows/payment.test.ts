/** What can happen to the money of one purchase, each on the real workflow with time skipped. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../support/wait';
import {
  endOf,
  keepHistory,
  openPurchaseRunner,
  timeSkippingServer,
  type Purchase,
  type PurchaseRunner,
} from './purchaseRunner';

let runner: PurchaseRunner;
beforeAll(async () => {
  runner = await openPurchaseRunner(timeSkippingServer);
});
afterAll(() => runner?.close());

const status = ({ fakes }: Purchase) => fakes.record().status;
/**
 * The watch is under way. The test server skips no time any more after an activity was cancelled that nobody had
 * begun, so whoever calls during a watch comes after its beginning.
 */
const watched = ({ fakes }: Purchase) => waitUntil(() => fakes.seen.watches > 0, { what: 'the watch has begun' });
const becomes = (purchase: Purchase, wanted: string) =>
  waitUntil(async () => status(purchase) === wanted, { what: `the payment becomes ${wanted}` });

describe('the buyer pays for a gift', () => {
  it('they get its link, its own workflow begins, and no panel is told anything', async () => {
    await runner.purchase({ paidAt: 0.6, gift: true, panelAway: [0, Infinity] }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'issued', reason: null });
      expect(purchase.fakes.seen).toMatchObject({ links: 1, panelTries: 0, keys: 1, giftsOpened: 1, alerts: [] });
      expect(purchase.fakes.seen.screens.at(-1)).toBe('issued');
      expect(purchase.fakes.seen.screens).not.toContain('delayed');
      await keepHistory(purchase.handle, 'gift-paid');
    });
  });

  it('whatever fails between the money and the link: one voucher, one link, one workflow of its own', async () => {
    await runner.purchase({ paidAt: 0.6, gift: true, stumbles: true }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'issued', reason: null });
      expect(purchase.fakes.seen).toMatchObject({ keys: 1, giftsOpened: 1, panelTries: 0 });
    });
  });

  it('and its own workflow can’t be opened: the link is sent all the same, by the durable steps as well', async () => {
    await runner.purchase({ paidAt: 0.6, gift: true, stumbles: true, giftOpensLate: true }, async (purchase) => {
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen).toMatchObject({ keys: 1, giftsOpened: 1 });
    });
  });

  it('and has blocked the bot: the link is owed, and the gift is looked after all the same', async () => {
    await runner.purchase({ paidAt: 0.6, gift: true, telegram: 'blocked' }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'issued', reason: null });
      expect(purchase.fakes.seen).toMatchObject({ keys: 0, giftsOpened: 1, alerts: [] });
    });
  });
});

describe('the buyer pays', () => {
  it('at the 4th poll: they get one key, and YooKassa is not asked again', async () => {
    await runner.purchase({ paidAt: 0.6 }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'issued', reason: null });
      expect(purchase.fakes.seen).toMatchObject({ links: 1, polls: 4, panelTries: 1, keys: 1, alerts: [] });
      expect(purchase.fakes.seen.screens.at(-1)).toBe('issued');
      await keepHistory(purchase.handle, 'paid-at-fourth-poll');
    });
  });

  it('in the chat, by an invoice that is sent there once: all else is the same', async () => {
    await runner.purchase({ isInvoice: true, paidAt: 0.6 }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'issued', reason: null });
      expect(purchase.fakes.seen).toMatchObject({ links: 1, invoices: 1, keys: 1 });
    });
    await runner.purchase({ paidAt: 0.6 }, async (purchase) => {
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen.invoices).toBe(0);
    });
  });

  it('and the webhook wakes the watch: the key does not wait for the next poll', async () => {
    await runner.purchase({ watchWaits: true }, async (purchase) => {
      await watched(purchase);
      purchase.fakes.payNow();
      await purchase.workflows.notified(purchase.paymentId);
      expect(await purchase.outcome()).toEqual({ status: 'issued', reason: null });
      expect(purchase.fakes.seen).toMatchObject({ polls: 0, checks: 1, keys: 1 });
    });
  });

  it('a forged webhook changes nothing: YooKassa itself is asked, and says pending', async () => {
    await runner.purchase({ watchWaits: true }, async (purchase) => {
      await watched(purchase);
      await purchase.workflows.notified(purchase.paymentId);
      await waitUntil(async () => purchase.fakes.seen.checks === 1, { what: 'YooKassa is asked' });
      expect(status(purchase)).toBe('pending');
      expect(purchase.fakes.seen.keys).toBe(0);
      expect(await purchase.workflows.buyerSaysPaid(purchase.paymentId)).toEqual({
        outcome: 'done',
        status: 'pending',
      });
      expect(purchase.fakes.seen.checks).toBe(2);
      purchase.fakes.payNow();
      expect(await purchase.workflows.buyerSaysPaid(purchase.paymentId)).toEqual({ outcome: 'done', status: 'issued' });
      expect((await purchase.outcome()).status).toBe('issued');
      expect(await purchase.workflows.buyerSaysPaid(purchase.paymentId)).toEqual({ outcome: 'not-running' });
    });
  });

  it('at minute 4:59: the last question, at 5:00 exactly, still sees it', async () => {
    await runner.purchase({ paidAt: 4 + 59 / 60 }, async (purchase) => {
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen.polls).toBe(30);
      expect(purchase.fakes.seen.screens).not.toContain('guarding');
    });
  });

  it('at minute 40, long after the close watch: late money is honoured', async () => {
    await runner.purchase({ paidAt: 40 }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'issued', reason: null });
      expect(purchase.fakes.seen).toMatchObject({ links: 1, polls: 30, keys: 1 });
      expect(purchase.fakes.seen.screens).toContain('guarding');
      await keepHistory(purchase.handle, 'paid-at-minute-40');
    });
  });

  it('after they had pressed "cancel": their money still buys what it was for', async () => {
    await runner.purchase({ watchWaits: true }, async (purchase) => {
      await watched(purchase);
      expect(await purchase.workflows.buyerCancels(purchase.paymentId)).toEqual({ outcome: 'done', status: 'pending' });
      expect(purchase.fakes.seen.dismissed).toBe(1);
      purchase.fakes.payNow();
      await purchase.workflows.notified(purchase.paymentId);
      expect((await purchase.outcome()).status).toBe('issued');
    });
  });

  it('says so, cancels and is notified of at the same moment: each is answered, there is one key', async () => {
    await runner.purchase({ watchWaits: true }, async (purchase) => {
      const { workflows, paymentId, fakes } = purchase;
      await watched(purchase);
      fakes.payNow();
      const [, , cancelled] = await Promise.all([
        workflows.buyerSaysPaid(paymentId),
        workflows.buyerSaysPaid(paymentId),
        workflows.buyerCancels(paymentId),
        workflows.notified(paymentId),
      ]);
      // It finds the money, or comes when all is over.
      expect(['moved-on', 'not-running']).toContain(cancelled.outcome);
      expect((await purchase.outcome()).status).toBe('issued');
      expect(fakes.seen).toMatchObject({ keys: 1, panelTries: 1, dismissed: 0 });
    });
  });

  it('for something they have replaced by another purchase: the money goes back, nothing is delivered', async () => {
    await runner.purchase({ paidAt: 1, replaced: true }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'refunded', reason: 'replaced' });
      expect(purchase.fakes.seen).toMatchObject({ panelTries: 0, keys: 0, refunds: 1 });
      await keepHistory(purchase.handle, 'replaced-and-refunded');
    });
  });

  it('too little: nothing is delivered, the owner is told, and at the deadline it goes back', async () => {
    await runner.purchase({ paidAt: 1, paidKopecks: 100 }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'refunded', reason: 'wrong-amount' });
      expect(purchase.fakes.seen).toMatchObject({ panelTries: 0, keys: 0, refunds: 1 });
      expect(purchase.fakes.seen.alerts[0]).toContain('wrong-amount');
      await keepHistory(purchase.handle, 'wrong-amount');
    });
  });

  it('too little, and an operator decides to deliver all the same', async () => {
    await runner.purchase({ paidAt: 1, paidKopecks: null }, async (purchase) => {
      await waitUntil(async () => purchase.fakes.seen.alerts.length === 1, { what: 'the owner is told' });
      await purchase.workflows.operatorDecides(purchase.paymentId, 'deliver', 'operator:1');
      expect((await purchase.outcome()).status).toBe('issued');
    });
  });
});

describe('between the money and the key', () => {
  const wakeAndEnd = async (purchase: Purchase) => {
    await watched(purchase);
    await waitUntil(async () => endOf('refreshPaymentScreen', await purchase.events()) >= 0, {
      what: 'the link has been shown',
    });
    purchase.fakes.payNow();
    await purchase.workflows.notified(purchase.paymentId);
    expect((await purchase.outcome()).status).toBe('issued');
    const events = await purchase.events();
    const since = events.slice(events.findIndex(({ type }) => type === 'WORKFLOW_EXECUTION_SIGNALED'));
    return {
      since,
      asked: since.filter(({ type }) => type === 'ACTIVITY_TASK_SCHEDULED').map(({ activity }) => activity),
    };
  };

  it('everybody answers at once: all of it in one workflow task, and the key is what the buyer sees next', async () => {
    await runner.purchase({ watchWaits: true }, async (purchase) => {
      const { since, asked } = await wakeAndEnd(purchase);
      expect(asked).toEqual([]);
      // One local activity, so one task; what comes after it is that the watch has ended.
      expect(since.filter(({ type }) => type === 'MARKER_RECORDED')).toHaveLength(1);
      expect(purchase.fakes.seen).toMatchObject({ checks: 1, panelTries: 1, keys: 1, screens: ['pending', 'issued'] });
      await keepHistory(purchase.handle, 'woken-by-webhook');
    });
  });

  it('Telegram is away: the key is made, and goes out once it is back', async () => {
    await runner.purchase({ watchWaits: true, telegram: 'sends-no-keys' }, async (purchase) => {
      await watched(purchase);
      purchase.fakes.payNow();
      await purchase.workflows.notified(purchase.paymentId);
      await waitUntil(() => purchase.fakes.seen.keyTries > 0, { what: 'the key is on its way' });
      purchase.fakes.telegramIsBack();
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen).toMatchObject({ panelTries: 1, keys: 1 });
      expect(purchase.fakes.seen.screens.at(-1)).toBe('issued');
      expect((await purchase.events()).map(({ activity }) => activity)).toContain('sendKey');
      await keepHistory(purchase.handle, 'key-sent-later');
    });
  });

  it('the panel takes its time: the buyer reads that their money is there, and gets one key', async () => {
    await runner.purchase({ watchWaits: true, panelSlow: true }, async (purchase) => {
      const { asked } = await wakeAndEnd(purchase);
      expect(asked).toContain('deliverSubscription');
      expect(purchase.fakes.seen).toMatchObject({ panelTries: 2, keys: 1, alerts: [] });
      expect(purchase.fakes.seen.screens).toEqual(['pending', 'paid', 'issued']);
      await keepHistory(purchase.handle, 'panel-slow');
    });
  });

  it('YooKassa and the database fail once on the fast path: activities of their own take over, and nothing is done twice', async () => {
    await runner.purchase({ watchWaits: true, stumbles: true }, async (purchase) => {
      const { asked } = await wakeAndEnd(purchase);
      expect(asked).toEqual(expect.arrayContaining(['checkPayment', 'recordPaid']));
      expect(purchase.fakes.seen).toMatchObject({ checks: 2, panelTries: 1, keys: 1 });
      await keepHistory(purchase.handle, 'fast-path-fails');
    });
  });
});

describe('the buyer does not pay', () => {
  it('the bank declines: canceled, and the screen says so', async () => {
    await runner.purchase({ declinedAt: 2 }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'canceled', reason: 'insufficient_funds' });
      expect(purchase.fakes.record()).toEqual({ status: 'canceled', reason: 'insufficient_funds' });
      expect(purchase.fakes.seen).toMatchObject({ keys: 0, panelTries: 0 });
      await keepHistory(purchase.handle, 'declined');
    });
  });

  it('never: it ends when YooKassa says so, an hour later, in 60 events at most, 12 of them for watching', async () => {
    await runner.purchase({}, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'expired', reason: 'expired_on_confirmation' });
      expect(purchase.fakes.seen).toMatchObject({ polls: 30, keys: 0 });
      const events = await purchase.events();
      expect(events.length).toBeLessThanOrEqual(60);
      // From the start of the close watch to the decision that follows it, whatever else goes on beside it.
      const begun = events.findIndex(({ activity }) => activity === 'watchPayment');
      const over = events.findIndex(({ activity }, index) => index > begun && activity === 'recordStatus');
      const watching = events
        .slice(begun, over)
        .filter(({ activity }) => activity === undefined || activity === 'watchPayment');
      expect(watching.length).toBeGreaterThanOrEqual(3);
      expect(watching.length).toBeLessThanOrEqual(12);
      await keepHistory(purchase.handle, 'never-paid');
    });
  });

  it('the number of events does not depend on the number of polls', async () => {
    const eventsWhenPaidAt = (paidAt: number) =>
      runner.purchase({ paidAt }, async (purchase) => {
        await purchase.outcome();
        const events = await purchase.events();
        const over = endOf('watchPayment', events);
        expect(over).toBeGreaterThan(0);
        // What is shown meanwhile goes on beside it, and may be over before or after.
        const counted = events
          .slice(0, over + 1)
          .filter(({ type, activity }) => !type.startsWith('WORKFLOW_TASK') && activity !== 'refreshPaymentScreen');
        return { polls: purchase.fakes.seen.polls, events: counted.length };
      });
    const early = await eventsWhenPaidAt(0.1);
    const late = await eventsWhenPaidAt(4.5);
    expect(late.polls).toBeGreaterThan(early.polls * 20);
    expect(late.events).toBe(early.events);
  });

  it('YooKassa refuses to make a link: canceled at once, nothing is watched', async () => {
    await runner.purchase({ creation: 'refused' }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'canceled', reason: 'provider-refused' });
      expect(purchase.fakes.seen.polls).toBe(0);
      expect(purchase.fakes.seen.alerts).toEqual(['HTTP 400, invalid_request, receipt']);
      // Once more when the owner knows, because the buyer reads that.
      expect(purchase.fakes.seen.screens).toEqual(['canceled', 'canceled']);
      await keepHistory(purchase.handle, 'creation-refused');
    });
  });

  it('YooKassa is away for ten minutes: the buyer is told instead of waiting on', async () => {
    await runner.purchase({ creation: 'down' }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'canceled', reason: 'provider-unavailable' });
      expect(purchase.fakes.seen.screens.at(-1)).toBe('canceled');
    });
  });
});

describe('YooKassa does not know the payment, and its life is over', () => {
  it('the owner is told, "close" ends it, and nothing is said of the money that is not known', async () => {
    await runner.purchase({ unknownAt: 120, expiresAt: 100_000 }, async (purchase) => {
      await purchase.timePassesUntil(() => purchase.fakes.seen.alerts.length === 1, 'the owner is told');
      expect(purchase.fakes.seen.alerts[0]).toContain('unknown-to-provider');
      expect(purchase.fakes.record()).toEqual({ status: 'guarding', reason: 'unknown-to-provider' });
      expect(await purchase.workflows.progress(purchase.paymentId)).toMatchObject({ needsAttention: true });
      await purchase.workflows.operatorDecides(purchase.paymentId, 'close', 'operator:1');
      expect(await purchase.outcome()).toEqual({ status: 'canceled', reason: 'unknown-to-provider' });
      expect(purchase.fakes.record()).toEqual({ status: 'canceled', reason: 'unknown-to-provider' });
      expect((await purchase.workflows.progress(purchase.paymentId))?.note).toContain('not known');
      await keepHistory(purchase.handle, 'unknown-then-closed');
    });
  });

  it('"retry" asks again: the owner has gone back to the shop that knows it, and the money counts', async () => {
    await runner.purchase({ unknownAt: 120, expiresAt: 100_000 }, async (purchase) => {
      await purchase.timePassesUntil(() => purchase.fakes.seen.alerts.length === 1, 'the owner is told');
      purchase.fakes.isKnownAgain();
      purchase.fakes.payNow();
      await purchase.workflows.operatorDecides(purchase.paymentId, 'retry', 'operator:1');
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen).toMatchObject({ keys: 1, alerts: [expect.anything()] });
    });
  });
});

describe('the panel is away', () => {
  it('for three hours: the buyer is told, the owner too, and the key comes when it is back', async () => {
    await runner.purchase({ paidAt: 1, panelAway: [0, 180] }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'issued', reason: null });
      expect(purchase.fakes.seen.screens).toContain('delayed');
      expect(purchase.fakes.seen).toMatchObject({ keys: 1, refunds: 0 });
      expect(purchase.fakes.seen.alerts).toHaveLength(1);
      await keepHistory(purchase.handle, 'panel-away-three-hours');
    });
  });

  it('for longer than the deadline: the money goes back by itself and nothing is delivered afterwards', async () => {
    await runner.purchase({ paidAt: 1, panelAway: [0, 100_000] }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'refunded', reason: 'panel-unavailable' });
      expect(purchase.fakes.seen).toMatchObject({ keys: 0, refunds: 1, revocations: 1 });
      // Told in messages of their own: nobody looks at a screen of yesterday.
      expect(purchase.fakes.seen.told.toSorted()).toEqual(['buyer: done', 'owner: done']);
      await keepHistory(purchase.handle, 'panel-away-refunded');
    });
  });

  it('for good, and no operator says so: the revocation is tried for a day, and then the workflow ends', async () => {
    const timetable = { paidAt: 0, panelAway: [0, 100_000], refundAfterHours: 1, revokesNothing: true } as const;
    await runner.purchase(timetable, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'refunded', reason: 'panel-unavailable' });
      const { startTime, closeTime } = await purchase.handle.describe();
      const hours = (closeTime!.getTime() - startTime.getTime()) / 3_600_000;
      expect(hours).toBeGreaterThan(24.5);
      expect(hours).toBeLessThan(25.5);
      expect(purchase.fakes.seen.revocations).toBeGreaterThan(200);
      expect(purchase.fakes.seen).toMatchObject({ keys: 0, refunds: 1 });
    });
  });

  it('or refuses: the owner reads what it is and what to do, not that it does not answer', async () => {
    await runner.purchase({ paidAt: 1, panelAway: [0, 30], panelRefuses: 'full' }, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'issued', reason: null });
      expect(purchase.fakes.record().reason).toBe('panel-full');
      expect(purchase.fakes.seen.alerts).toEqual([expect.stringMatching(/limit of users or traffic; raise it/)]);
    });
  });

  it('first away, then it refuses the key: buyer and owner read each of the two while it is so', async () => {
    await runner.purchase(
      { paidAt: 1, panelAway: [0, 90], panelRefuses: 'auth', panelRefusesFrom: 30 },
      async (purchase) => {
        expect(await purchase.outcome()).toEqual({ status: 'issued', reason: null });
        expect(purchase.fakes.seen.alerts).toEqual([
          expect.stringContaining('it does not answer'),
          expect.stringContaining('it refuses the key; put the right key into the catalogue'),
        ]);
        expect(purchase.fakes.record().reason).toBe('panel-refuses');
        expect(purchase.fakes.seen.screens.filter((screen) => screen === 'delayed').length).toBeGreaterThanOrEqual(2);
      },
    );
  });

  it('fails in two ways in turn for a day: the owner is told now and then, not with every attempt', async () => {
    await runner.purchase(
      { paidAt: 1, panelAway: [0, 100_000], panelRefuses: 'auth', panelFlaps: true },
      async (purchase) => {
        expect(await purchase.outcome()).toEqual({ status: 'refunded', reason: 'panel-unavailable' });
        expect(purchase.fakes.seen.alerts.length).toBeGreaterThan(5);
        expect(purchase.fakes.seen.alerts.length).toBeLessThan(35);
      },
    );
  });

  it('and another server may take over after 15 minutes: the key comes from there by itself', async () => {
    await runner.purchase(
      { paidAt: 1, panelAway: [0, 100_000], otherServer: true, takeOverAfter: 15 },
      async (purchase) => {
        expect((await purchase.outcome()).status).toBe('issued');
        expect(purchase.fakes.seen).toMatchObject({ serverChanges: 1, revocations: 1, keys: 1, refunds: 0 });
        await keepHistory(purchase.handle, 'another-server-takes-over');
      },
    );
  });

  it('and no other server has room: a handful of tries, then the money goes back by itself', async () => {
    // 15, 30, 60, ... minutes apart: the sixth try comes after 15 h 45 min.
    const timetable = { paidAt: 1, panelAway: [0, 100_000], takeOverAfter: 15, refundAfterHours: 16 } as const;
    await runner.purchase(timetable, async (purchase) => {
      expect(await purchase.outcome()).toEqual({ status: 'refunded', reason: 'panel-unavailable' });
      expect(purchase.fakes.seen.serverChanges).toBe(6);
      expect(purchase.fakes.seen).toMatchObject({ keys: 0, refunds: 1 });
    });
  });

  it('"wait" changes nothing, and an old "money back" pressed before there was a choice is not honoured', async () => {
    await runner.purchase({ watchWaits: true }, async (purchase) => {
      await watched(purchase);
      for (const decision of ['refund', 'wait'] as const)
        expect(await purchase.workflows.decideDelay(purchase.paymentId, decision)).toEqual({
          outcome: 'moved-on',
          status: 'pending',
        });
      purchase.fakes.payNow();
      await purchase.workflows.notified(purchase.paymentId);
      expect((await purchase.outcome()).status).toBe('issued');
    });
  });
});

describe('a refund', () => {
  it('that YooKassa keeps pending is followed to its end', async () => {
    await runner.purchase(
      {
        paidAt: 1,
        panelAway: [0, 100_000],
        refundAfterHours: 1,
        refunds: ['pending', 'pending', 'pending', 'succeeded'],
      },
      async (purchase) => {
        expect((await purchase.outcome()).status).toBe('refunded');
        expect(purchase.fakes.seen.refunds).toBe(4);
        await keepHistory(purchase.handle, 'refund-pending-followed');
      },
    );
  });
});

describe('Telegram', () => {
  it('blocked by the buyer: the money still buys their subscription', async () => {
    await runner.purchase({ paidAt: 1, telegram: 'blocked' }, async (purchase) => {
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen).toMatchObject({ panelTries: 1, keys: 0 });
    });
  });

  it('takes the key in no form: the owner is told, and the purchase is one all the same', async () => {
    await runner.purchase({ paidAt: 1, telegram: 'refuses-keys' }, async (purchase) => {
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen).toMatchObject({ keys: 0, keyTries: 1 });
      expect(purchase.fakes.seen.alerts).toEqual(['key-refused']);
    });
  });

  it('down: money is recorded and the panel told without waiting for it; the key follows when it is back', async () => {
    await runner.purchase({ paidAt: 1, telegram: 'down' }, async (purchase) => {
      await becomes(purchase, 'issued');
      expect(purchase.fakes.seen.keys).toBe(0);
      purchase.fakes.telegramIsBack();
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen.keys).toBe(1);
    });
  });
});

describe('the workflow', () => {
  it('started twice is one: one link, one key', async () => {
    await runner.purchase({ watchWaits: true }, async (purchase) => {
      const again = {
        id: purchase.paymentId,
        userId: 7,
        planName: { ru: 'Месяц', en: 'Month' },
        priceKopecks: 19_900,
        currency: 'RUB',
        status: 'created' as const,
      };
      await Promise.all([purchase.workflows.ensureRunning(again), purchase.workflows.ensureRunning(again)]);
      await watched(purchase);
      purchase.fakes.payNow();
      await purchase.workflows.notified(purchase.paymentId);
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen).toMatchObject({ links: 1, keys: 1 });
    });
  });

  it('goes on where it was when its worker dies in the middle of the watch', async () => {
    await runner.purchase({ watchWaits: true, forgetfulWorkers: true }, async (purchase) => {
      await watched(purchase);
      await purchase.restartWorkers();
      await waitUntil(() => purchase.fakes.seen.watches === 2, { what: 'another worker watches' });
      purchase.fakes.payNow();
      await purchase.workflows.notified(purchase.paymentId);
      expect((await purchase.outcome()).status).toBe('issued');
      expect(purchase.fakes.seen).toMatchObject({ links: 1, panelTries: 1, keys: 1 });
    });
  });

  it('cannot be cancelled by accident: somebody still looks after the money', async () => {
    await runner.purchase({ watchWaits: true }, async (purchase) => {
      await watched(purchase);
      await purchase.handle.cancel();
      purchase.fakes.payNow();
      expect((await purchase.workflows.buyerSaysPaid(purchase.paymentId)).outcome).toBe('done');
      expect((await purchase.outcome()).status).toBe('issued');
    });
  });

  it('started again after its end finds everything done: no second delivery', async () => {
    await runner.purchase({ paidAt: 1 }, async (purchase) => {
      await purchase.outcome();
      await purchase.workflows.ensureRunning({
        id: purchase.paymentId,
        userId: 7,
        planName: { ru: 'Месяц', en: 'Month' },
        priceKopecks: 19_900,
        currency: 'RUB',
        status: 'issued',
      });
      expect(await runner.client.workflow.getHandle(purchase.handle.workflowId).result()).toEqual({
        status: 'issued',
        reason: null,
      });
      expect(purchase.fakes.seen.panelTries).toBe(1);
    });
  });

  it('tells operators how it stands: query, search attributes and note', async () => {
    await runner.purchase({ watchWaits: true }, async (purchase) => {
      await watched(purchase);
      await waitUntil(async () => (await purchase.workflows.progress(purchase.paymentId))?.status === 'pending', {
        what: 'the query answers pending',
      });
      const description = await purchase.handle.describe();
      expect(description.type).toBe('payment');
      expect(description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])).toEqual(
        expect.arrayContaining([
          ['PaymentStatus', 'pending'],
          ['TelegramUserId', '7'],
          ['NeedsAttention', false],
        ]),
      );
      purchase.fakes.payNow();
      await purchase.workflows.notified(purchase.paymentId);
      await purchase.outcome();
    });
  });
});
