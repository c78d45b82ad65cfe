import type { GrantRefusal, GrantStage } from '../../domain/freeGrant';
import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { BackgroundTasks } from '../backgroundTasks';
import { grantAsked, grantProgress, type GrantProgress, type GrantRequest, type GrantStatus } from '../contracts/grant';
import { SEARCH_ATTRIBUTES } from '../contracts/searchAttributes';
import { telegram } from './activities';

/** What the workflow tells of itself: to operators, and in every message in which the person asked. */
export function trackGrant(request: GrantRequest, background: BackgroundTasks) {
  let progress: GrantProgress = { status: 'new', note: `the ${request.kind} is asked for` };
  let stage: GrantStage | undefined;
  const messages = new Set<number>();

  const tell = (next: GrantProgress): void => {
    progress = next;
    setCurrentDetails(`**${next.status}**: ${next.note}`);
    if (next.status === 'undelivered') upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: true }]);
  };
  const showIn = (messageId: number): void => {
    if (stage !== undefined) background.start(telegram.showGrant({ request, messageId, stage }));
  };
  const showStage = (next: GrantStage): void => {
    stage = next;
    for (const messageId of messages) showIn(messageId);
  };

  setHandler(grantProgress, () => progress);
  setHandler(grantAsked, ({ messageId }) => {
    messages.add(messageId);
    showIn(messageId);
  });

  return {
    /** @param next what the person reads from now on; without it, what they read before */
    show(
      state: { readonly status: Exclude<GrantStatus, 'new' | 'refused'>; readonly note: string },
      next?: GrantStage,
    ): void {
      tell(state);
      if (next !== undefined && next !== stage) showStage(next);
    },
    note: (note: string): void => tell({ ...progress, note }),
    refused(why: GrantRefusal): void {
      tell({ status: 'refused', note: `not given: ${why}` });
      showStage(why);
    },
  };
}
