import { CancellationScope, condition } from '@temporalio/workflow';
import { createBackgroundTasks } from '../backgroundTasks';
import { makesKey, type GrantOutcome, type GrantRef, type GrantRequest } from '../contracts/grant';
import type { DeliveryAnswer } from '../contracts/activities';
import { panel, shop, telegram } from './activities';
import { trackGrant } from './progress';

/** A key that is not there by then has to wait for its panel, and the person reads that. */
const PROMPT = '15s';
/** How long the message in which they asked waits for the key, so that it comes after it. */
const KEY_FIRST = '5s';

/**
 * Access that costs nothing, from the tap to the key. What is given is decided by PostgreSQL in one transaction; from
 * then on it is delivered, however long the panel is away: the days count from the delivery.
 */
export async function grant(request: GrantRequest): Promise<GrantOutcome> {
  const background = createBackgroundTasks('grant');
  const progress = trackGrant(request, background);
  return CancellationScope.nonCancellable(async () => {
    const outcome = await give();
    await background.finish();
    return outcome;
  });

  async function give(): Promise<GrantOutcome> {
    const given = await shop.giveGrant(request);
    if (given.outcome === 'refused') {
      progress.refused(given.why);
      if (given.why === 'spent' || given.why === 'friends-spent')
        background.start(telegram.alertOwnersOfGrant({ request, about: given.why }));
      return { status: 'refused', reason: given.why };
    }
    const { grantId } = given;
    progress.show({ status: 'given', note: `${grantId} is given; the panel is making the key` });
    const outcome = await deliver({ grantId });
    if (outcome !== 'issued') {
      progress.show({ status: 'undelivered', note: `no key can be made there: ${outcome}` }, 'undelivered');
      background.start(telegram.alertOwnersOfGrant({ request, about: 'undelivered' }));
      return { status: 'undelivered', reason: outcome };
    }
    progress.show({ status: 'issued', note: 'the panel has made it' }, makesKey(request) ? await sendKey() : 'issued');
    return { status: 'issued', reason: null };

    /** What its person may read: that they have the key only when Telegram has taken it. */
    async function sendKey(): Promise<'issued' | 'key-owed'> {
      let isAnswered = false;
      const sending = telegram
        .sendGrantKey({ grantId })
        .catch(() => undefined)
        .finally(() => (isAnswered = true));
      if (!(await condition(() => isAnswered, KEY_FIRST)))
        progress.show(
          { status: 'issued', note: 'the panel has made the key; Telegram does not take it yet' },
          'key-owed',
        );
      const answer = await sending;
      if (answer?.outcome === 'owed' && answer.why === 'refused')
        background.start(telegram.alertOwnersOfGrant({ request, about: 'key-refused' }));
      return answer?.outcome === 'sent' ? 'issued' : 'key-owed';
    }
  }

  async function deliver(ref: GrantRef): Promise<DeliveryAnswer['outcome']> {
    let isOver = false;
    const delivery = untilDelivered(ref).finally(() => (isOver = true));
    if (!(await condition(() => isOver, PROMPT)))
      progress.show({ status: 'waiting', note: 'the panel is away; the key is made when it is back' }, 'waiting');
    return delivery;
  }

  async function untilDelivered(ref: GrantRef): Promise<DeliveryAnswer['outcome']> {
    let { outcome } = await panel.deliverGrant(ref);
    while (outcome === 'gone' && (await shop.moveGrant(ref)).moved) {
      progress.note('its panel is gone for good; the key is being made on another server');
      ({ outcome } = await panel.deliverGrant(ref));
    }
    return outcome;
  }
}
