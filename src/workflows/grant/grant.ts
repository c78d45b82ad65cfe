import { CancellationScope, condition } from '@temporalio/workflow';
import { createBackgroundTasks } from '../backgroundTasks';
import { makesKey, type GrantInput, type GrantOutcome, type GrantRef, type GrantResume } from '../contracts/grant';
import { KEY_FIRST_MS } from '../retryPolicies';
import { telegram } from './activities';
import { deliver, deliverLate, type GrantEnd } from './deliver';
import { giveGrant, giveLate, type Given } from './give';
import { trackGrant } from './progress';
import type { GrantRun } from './run';

/**
 * Access that costs nothing, from the tap to the key. What is given is decided by PostgreSQL in one transaction, which is
 * tried for a day; from then on it is delivered, however long the panel is away: the days count from the delivery.
 */
export async function grant(input: GrantInput): Promise<GrantOutcome> {
  const background = createBackgroundTasks('grant');
  const progress = trackGrant(input, background);
  const run: GrantRun = { input, progress, signals: progress.signals, background };
  const { resume } = input;
  return CancellationScope.nonCancellable(async () => {
    const outcome = await (resume ? resumed(run, resume) : afterGiving(run, await giveGrant(run)));
    await background.finish();
    return outcome;
  });
}

/** Goes on where the run before this one was when its history had grown long. */
async function resumed(run: GrantRun, resume: GrantResume): Promise<GrantOutcome> {
  if (resume.at === 'giving') return afterGiving(run, await giveLate(run, resume));
  return conclude(run, resume, await deliverLate(run, resume));
}

async function afterGiving(run: GrantRun, given: Given): Promise<GrantOutcome> {
  const { progress, background } = run;
  const request = progress.request();
  if (given.outcome === 'ended') {
    progress.refused('not-given');
    // Who has given it up knows.
    if (given.by === 'deadline') background.start(telegram.alertOwnersOfGrant({ request, about: 'not-given' }));
    return { status: 'refused', reason: 'not-given' };
  }
  if (given.outcome === 'refused') {
    progress.refused(given.why);
    if (given.why === 'spent' || given.why === 'friends-spent')
      background.start(telegram.alertOwnersOfGrant({ request, about: given.why }));
    return { status: 'refused', reason: given.why };
  }
  const { grantId } = given;
  progress.show({ status: 'given', note: `${grantId} is given; the panel is making the key` });
  return conclude(run, { grantId }, await deliver(run, { grantId }));
}

const UNDELIVERED_NOTES = {
  'panel-gone': 'its panel is gone for good, and no other makes it; it was revoked and can be had again',
  revoked: 'it was revoked before its panel had made it',
} as const;

async function conclude(run: GrantRun, { grantId }: GrantRef, end: GrantEnd): Promise<GrantOutcome> {
  const { progress, background } = run;
  const request = progress.request();
  if (end !== 'issued') {
    progress.show({ status: 'undelivered', note: UNDELIVERED_NOTES[end] }, end);
    if (end === 'panel-gone') background.start(telegram.alertOwnersOfGrant({ grantId, request, about: end }));
    return { status: 'undelivered', reason: end };
  }
  progress.show({ status: 'issued', note: 'the panel has made it' });
  const stage = makesKey(request) ? await sendKey(run, { grantId }) : 'issued';
  progress.show({ status: 'issued', note: stage === 'issued' ? 'the key is there' : 'the key is owed' }, stage);
  return { status: 'issued', reason: null };
}

/** @returns what the person may read: that they have the key only when Telegram has taken it */
async function sendKey({ progress, background }: GrantRun, ref: GrantRef): Promise<'issued' | 'key-owed'> {
  let isAnswered = false;
  const sending = telegram
    .sendGrantKey(ref)
    // After a day; reconciliation sends it when Telegram is back.
    .catch(() => undefined)
    .finally(() => (isAnswered = true));
  if (!(await condition(() => isAnswered, KEY_FIRST_MS)))
    progress.show({ status: 'issued', note: 'the panel has made the key; Telegram does not take it yet' }, 'key-owed');
  const answer = await sending;
  if (answer?.outcome === 'owed' && answer.why === 'refused')
    background.start(telegram.alertOwnersOfGrant({ ...ref, request: progress.request(), about: 'key-refused' }));
  return answer?.outcome === 'sent' ? 'issued' : 'key-owed';
}
