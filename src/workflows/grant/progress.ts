import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { isMovable, type GrantRefusal, type GrantStage } from '../../domain/freeGrant';
import type { BackgroundTasks } from '../backgroundTasks';
import {
  grantAsked,
  grantClosed,
  grantProgress,
  grantRetried,
  grantServerAsked,
  makesKey,
  type GrantInput,
  type GrantProgress,
  type GrantRequest,
  type GrantResume,
  type GrantStatus,
} from '../contracts/grant';
import { SEARCH_ATTRIBUTES } from '../contracts/searchAttributes';
import { TRY_EVERY_MS } from '../retryPolicies';
import { telegram } from './activities';

export type Progress = ReturnType<typeof trackGrant>;

/** Messages of one person that are kept up to date; older ones show what they said. */
const MOST_MESSAGES = 20;

/**
 * What the workflow tells of itself, to operators and in every message in which the person asked, and its signals.
 * Called before its first await, so that none is lost.
 */
export function trackGrant({ request: asked, resume }: GrantInput, background: BackgroundTasks) {
  let request = asked;
  let progress: GrantProgress = resume?.progress ?? { status: 'new', note: `the ${request.kind} is asked for` };
  let stage: GrantStage | null = resume?.stage ?? null;
  let messages: readonly number[] = resume?.messages ?? [];
  let needsAttention = resume !== undefined;
  let triedAt = -Infinity;
  const signals = {
    /** How often somebody has wanted the panel to be asked now. */
    calls: 0,
    /** Signals of this run. */
    received: 0,
    /** An operator gives up on what can't be recorded. */
    isClosed: false,
    /** Its person wants another server to make it. */
    isMoveAsked: false,
    /** An operator has had it tried again. */
    isRetried: false,
  };

  const confirmations = { calls: 0 };

  const showDetails = (): void => setCurrentDetails(`**${progress.status}**: ${progress.note}`);
  // Search attributes go over from run to run, details do not.
  if (resume) showDetails();

  const tell = (next: GrantProgress): void => {
    progress = next;
    showDetails();
    const waits = next.status === 'waiting' || next.status === 'unrecorded';
    if (waits !== needsAttention) upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: waits }]);
    needsAttention = waits;
  };
  const showIn = (messageId: number): void => {
    if (stage !== null) background.start(telegram.showGrant({ request, messageId, stage }));
  };
  const follow = (messageId: number): void => {
    messages = [...messages.filter((one) => one !== messageId), messageId].slice(-MOST_MESSAGES);
  };
  const showStage = (next: GrantStage): void => {
    stage = next;
    for (const messageId of messages) showIn(messageId);
  };

  setHandler(grantProgress, () => progress);
  setHandler(grantRetried, () => {
    signals.received += 1;
    signals.calls += 1;
    signals.isRetried = true;
  });
  setHandler(grantClosed, () => {
    signals.received += 1;
    // Decided before anybody could know of this, it was about something else.
    if (progress.status !== 'unrecorded') return;
    signals.isClosed = true;
    signals.calls += 1;
  });
  setHandler(grantAsked, ({ messageId, request: confirmed }) => {
    signals.received += 1;
    const isOpen = progress.status === 'new' || progress.status === 'unrecorded';
    if (isOpen && confirmed !== undefined && isOtherwise(confirmed, request)) {
      request = confirmed;
      confirmations.calls += 1;
      signals.calls += 1;
    }
    follow(messageId);
    if (Date.now() - triedAt >= TRY_EVERY_MS) {
      triedAt = Date.now();
      signals.calls += 1;
    }
    showIn(messageId);
  });

  setHandler(grantServerAsked, ({ messageId }) => {
    signals.received += 1;
    follow(messageId);
    // One press is one move: of the new server nothing is known yet, and an old button is about another one.
    if (isMovable(stage) && makesKey(request)) signals.isMoveAsked = true;
    else showIn(messageId);
  });

  return {
    signals,
    /** How often they have chosen otherwise than before. */
    confirmations,
    /** What they have confirmed last before anything was given, or what of it was given. */
    request: () => request,
    /** Of several that they have confirmed this one is given. */
    isGiven: (given: GrantRequest): void => void (request = given),
    /** For a new run. */
    state: (): Pick<GrantResume, 'progress' | 'stage' | 'messages'> => ({ progress, stage, messages }),
    /** @param next what the person reads from now on; without it, what they read before */
    show(
      state: { readonly status: Exclude<GrantStatus, 'new' | 'refused'>; readonly note: string },
      next?: GrantStage,
    ): void {
      tell(state);
      if (next !== undefined && next !== stage) showStage(next);
    },
    note: (note: string): void => tell({ ...progress, note }),
    refused(why: GrantRefusal | 'not-given'): void {
      tell({ status: 'refused', note: `not given: ${why}` });
      showStage(why);
    },
  };
}

/** Whether somebody wants something else of what they ask for, whenever they tapped. */
function isOtherwise(one: GrantRequest, other: GrantRequest): boolean {
  const words = (request: GrantRequest) => JSON.stringify({ ...request, askedAt: 0 });
  return words(one) !== words(other);
}
