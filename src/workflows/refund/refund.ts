import { CancellationScope, condition } from '@temporalio/workflow';
import type { OpenReturn, RefundInput, RefundOutcome, RefundWish, SettledReturn } from '../contracts/refund';
import { follower, record, yookassa } from './activities';
import { openRefundDesk, type RefundDesk } from './desk';
import { followToTheEnd } from './follow';
import { openRefundInbox, type RefundInbox } from './inbox';

interface Found {
  outside: number;
  readonly returns: SettledReturn[];
  readonly refused: string[];
}

/**
 * Money that goes back after the delivery: because the buyer may, because an operator says so, because somebody did it in
 * YooKassa's cabinet, or because it bought nothing. One run takes in whatever there is to know, decides it in transactions on the
 * payment's row, and follows each refund to its end.
 *
 * Like a payment it can't be cancelled from outside. Should it be terminated, reconciliation starts it again: what is unsettled in
 * the record is taken up where it was.
 */
export async function refund(input: RefundInput): Promise<RefundOutcome> {
  const inbox = openRefundInbox();
  const desk = openRefundDesk(input);
  return CancellationScope.nonCancellable(async () => {
    const found: Found = { outside: 0, returns: [], refused: [] };
    do {
      const pendingOutside = await takeIn(input, inbox, desk, found);
      for (let open = await record.openReturn(input); open !== null; open = await record.openReturn(input))
        found.returns.push(await settle(input, open, inbox, desk));
      // Somebody's refund that is not at its end: asked after until it is, or until something else has to be looked at.
      if (pendingOutside > 0 && !inbox.hasMore()) await followOutside(input, inbox);
      // Messages and the panel may still be on their way; whatever comes meanwhile is looked at.
      await condition(() => inbox.hasMore() || desk.isQuiet());
    } while (inbox.hasMore());
    desk.show(
      `finished: ${found.returns.length} returned by the shop, ${found.outside} found that were made outside, ${found.refused.length} not carried out`,
    );
    return { foundOutside: found.outside, returns: found.returns, refused: found.refused };
  });
}

/**
 * What is known now: first what happened without the shop, because it changes how much is left, then the wishes.
 * @returns how many refunds made outside are not at their end yet
 */
async function takeIn(input: RefundInput, inbox: RefundInbox, desk: RefundDesk, found: Found): Promise<number> {
  const { paymentId } = input;
  inbox.noticed = false;
  const { paidKopecks, recorded, pendingOutside } = await yookassa.compareRefunds.executeWithOptions(
    { summary: 'read the refunds at YooKassa' },
    [{ paymentId }],
  );
  if (recorded.length > 0) {
    found.outside += recorded.length;
    desk.withdrawAccess();
    for (const attempt of recorded) desk.tellReturn(attempt, 'done');
  }
  for (const yookassaId of [...inbox.strays]) {
    inbox.strays.delete(yookassaId);
    const planned = await yookassa.planStrayReturn.executeWithOptions({ summary: 'money that buys nothing?' }, [
      { paymentId, yookassaId },
    ]);
    if (planned.outcome === 'refused') found.refused.push(`stray: ${planned.reason}`);
  }
  for (const wish of inbox.wishes.splice(0)) {
    const refused = await carryOut(paymentId, wish, paidKopecks);
    if (refused === undefined) continue;
    found.refused.push(`${wish.askedBy}: ${refused}`);
    if (wish.askedBy === 'buyer') desk.tellRefused(wish.orderId, refused);
    else desk.alertOwner(`the refund that ${wish.askedBy} asked for was not made: ${refused}`);
  }
  return pendingOutside;
}

/** @returns why not, or nothing when it is planned */
async function carryOut(paymentId: string, wish: RefundWish, paidKopecks: number): Promise<string | undefined> {
  if (wish.askedBy === 'buyer') {
    const { verdict } = await record.judgeBuyerReturn.executeWithOptions(
      { summary: 'does the shop’s rule allow it?' },
      [{ paymentId, orderId: wish.orderId }],
    );
    if (verdict !== 'allowed') return verdict;
  }
  const planned = await record.planReturn({ paymentId, wish, paidKopecks });
  return planned.outcome === 'refused' ? planned.reason : undefined;
}

async function followOutside({ paymentId }: RefundInput, inbox: RefundInbox): Promise<void> {
  const scope = new CancellationScope();
  const over = scope
    .run(() => follower.followOutsideRefunds({ paymentId }))
    .then(
      () => void (inbox.noticed = true),
      () => undefined,
    );
  await condition(() => inbox.hasMore());
  scope.cancel();
  await over;
}

/** One refund, from the decision to the money. */
async function settle(
  { paymentId }: RefundInput,
  open: OpenReturn,
  inbox: RefundInbox,
  desk: RefundDesk,
): Promise<SettledReturn> {
  let { attempt } = open;
  let noticed = false;
  const calls = {
    called: () => inbox.noticed,
    heard() {
      inbox.noticed = false;
      noticed = true;
    },
  };
  desk.show(`${(open.kopecks / 100).toFixed(2)} RUB go back (${open.reason}, ${open.askedBy})`);
  if (!open.stray) desk.withdrawAccess();
  desk.tellReturn(attempt, 'decided');
  for (;;) {
    const asked = await yookassa.askForReturn.executeWithOptions({ summary: 'ask YooKassa for the refund' }, [
      { paymentId, attempt },
    ]);
    attempt = asked.attempt;
    const ref = { paymentId, attempt };
    const verdict =
      asked.verdict.status === 'pending'
        ? await followToTheEnd(
            () => follower.followReturn(ref),
            () => yookassa.checkReturn(ref),
            calls,
          )
        : asked.verdict;
    if (verdict.status === 'succeeded') break;

    const decision = await operatorsWord(verdict.reason, inbox, desk);
    if (decision.decision === 'close') {
      // He has given the money back by other means; asking YooKassa once more would give it back twice.
      await record.settleReturn({ ...ref, byOtherMeans: true });
      return { attempt, end: 'returned-by-other-means' };
    }
    ({ attempt } = await record.replaceReturn({ ...ref, askedBy: decision.actor }));
    desk.show('asking YooKassa for the refund again');
  }
  // What called may have meant more than this refund.
  inbox.noticed ||= noticed;
  await record.settleReturn({ paymentId, attempt, byOtherMeans: false });
  desk.tellReturn(attempt, 'done');
  return { attempt, end: 'returned' };
}

async function operatorsWord(why: string, inbox: RefundInbox, desk: RefundDesk) {
  desk.show(`YooKassa would not give the money back (${why}); waiting for an operator's "retry" or "close"`, true);
  desk.alertOwner(
    `YooKassa would not give the money back (${why}); fix the cause in its cabinet, then choose "retry"; or give it back by other means, then choose "close"`,
  );
  // What was decided a moment ago, on an attempt that was refused before, is decided.
  await condition(() => inbox.decision?.decision === 'retry' || inbox.decision?.decision === 'close');
  const decision = inbox.decision!;
  inbox.decision = undefined;
  return decision;
}
