import { CancellationScope, condition } from '@temporalio/workflow';
import { createBackgroundTasks } from '../backgroundTasks';
import { makesKey, type GrantOutcome, type GrantRef, type GrantRequest } from '../contracts/grant';
import type { DeliveryAnswer } from '../contracts/activities';
import { panel, shop, telegram } from './activities';
import { trackGrant } from './progress';

/** A key that is not there by then has to wait for its panel, and the person reads that. */
const PROMPT = '15s';

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
      progress.show({ status: 'undelivered', note: `no key can be made there: ${outcome}` });
      background.start(telegram.alertOwnersOfGrant({ request, about: 'undelivered' }));
      return { status: 'undelivered', reason: outcome };
    }
    progress.show({ status: 'issued', note: 'the key is there' });
    if (makesKey(request)) background.start(telegram.sendGrantKey({ grantId }));
    return { status: 'issued', reason: null };
  }

  async function deliver(ref: GrantRef): Promise<DeliveryAnswer['outcome']> {
    let isOver = false;
    const delivery = untilDelivered(ref).finally(() => (isOver = true));
    if (!(await condition(() => isOver, PROMPT)))
      progress.show({ status: 'waiting', note: 'the panel is away; the key is made when it is back' });
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
