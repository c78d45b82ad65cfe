import { CancellationScope, condition, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { HOUR_MS } from '../../domain/duration';
import { giftSteps, type GiftState, type GiftStep } from '../../domain/voucher/gift';
import { createBackgroundTasks } from '../backgroundTasks';
import {
  giftChanged,
  giftProgress,
  type GiftInput,
  type GiftNotice,
  type GiftOutcome,
  type GiftProgress,
} from '../contracts/gift';
import { untilCalled } from '../untilEnded';
import { database, telegram } from './activities';

const END_NOTES: Readonly<Record<GiftOutcome['state'], string>> = {
  claimed: 'somebody has claimed it; its delivery is a grant of its own',
  returned: 'nobody has claimed it in time: it is its giver’s own voucher now',
  refunded: 'its giver has the money back, or it is on its way',
};

/** When a gift is looked at again whose days are not over for PostgreSQL, because it was given back meanwhile. */
const ASKED_AGAIN_MS = HOUR_MS;

/**
 * A gift that waits for somebody: its giver is reminded after 3 and 14 days, and after 90 it becomes their own. How it
 * stands PostgreSQL decides; whoever changes that calls, and should a call be lost, the next step finds it.
 */
export async function gift({ giftId, madeAt }: GiftInput): Promise<GiftOutcome> {
  const background = createBackgroundTasks('gift');
  const made = new Date(madeAt);
  const signals = { calls: 0 };
  let progress: GiftProgress = { state: 'waiting', note: 'paid; nobody has claimed it yet' };
  setHandler(giftChanged, () => void (signals.calls += 1));
  setHandler(giftProgress, () => progress);
  const show = (next: GiftProgress): void => {
    progress = next;
    setCurrentDetails(`**${next.state}**: ${next.note}`);
  };
  const tell = (notice: GiftNotice): void =>
    background.start(telegram.tellGiver.executeWithOptions({ summary: notice.about }, [{ giftId, notice }]));
  const end = (state: GiftOutcome['state']): GiftOutcome => {
    show({ state, note: END_NOTES[state] });
    if (state !== 'refunded') tell({ about: state });
    return { state };
  };

  return CancellationScope.nonCancellable(async () => {
    const outcome = await untilOver();
    await background.finish();
    return outcome;
  });

  async function untilOver(): Promise<GiftOutcome> {
    let remindedOf = 0;
    for (;;) {
      const isCalled = untilCalled(signals);
      const { state } = await database.giftState({ giftId });
      if (isOver(state)) return end(state);
      const { due, next } = giftSteps(made, Date.now());
      if (due?.step === 'return') {
        const { state: after } = await database.returnGift({ giftId });
        if (isOver(after)) return end(after);
      }
      if (due?.step === 'remind' && due.day > remindedOf) {
        remindedOf = due.day;
        tell({ about: 'reminder', day: due.day });
      }
      if (next === undefined) {
        show({ state, note: 'its days count anew; nobody has claimed it yet' });
        await condition(isCalled, ASKED_AGAIN_MS, { summary: 'its days count anew' });
        continue;
      }
      show({ state, note: `nobody has claimed it yet; ${stepWords(next)}` });
      await condition(isCalled, next.at - Date.now(), { summary: stepWords(next) });
    }
  }
}

const isOver = (state: GiftState): state is GiftOutcome['state'] => state !== 'waiting';

function stepWords(next: GiftStep): string {
  const at = new Date(next.at).toISOString();
  return next.step === 'remind' ? `its giver is reminded at ${at}` : `it becomes its giver’s own at ${at}`;
}
