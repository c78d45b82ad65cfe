import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { AttentionNote } from '../../domain/attention';
import type { BackgroundTasks } from '../backgroundTasks';
import { refundProgress, type RefundInput, type RefundProgress } from '../contracts/refund';
import { SEARCH_ATTRIBUTES } from '../contracts/searchAttributes';
import { telegram } from './activities';
import type { RefundRun } from './run';

/**
 * Tells people how the `refund` workflow stands: operators in the Web UI, the buyer in the chat, the owner when a
 * person must look.
 */
export interface Progress {
  current(): RefundProgress;
  readonly update: RefundRun['progress']['update'];
  alertOwner(note: AttentionNote): void;
  /** Brings the buyer's screen of the payment up to date, in the background. */
  refreshScreen(): void;
  /** Tells the buyer why the refund they asked for is not made. */
  tellRefused(requestId: string, verdict: string): void;
}

const detailsOf = ({ needsAttention, note }: RefundProgress): string =>
  `**refund**${needsAttention ? ' (needs attention)' : ''}: ${note}`;

/** Called before the first await of the workflow, so that the query is answered from the beginning. */
export function trackProgress({ paymentId, resume }: RefundInput, background: BackgroundTasks): Progress {
  let progress: RefundProgress = resume?.progress ?? {
    status: 'refunding',
    needsAttention: false,
    note: 'comparing the payment’s refunds with the provider’s',
  };
  setHandler(refundProgress, () => progress);
  const showDetails = () => setCurrentDetails(detailsOf(progress));
  // Search attributes go over from run to run, details do not.
  if (resume) showDetails();

  return {
    current: () => progress,
    update(status, note, needsAttention = false) {
      if (needsAttention !== progress.needsAttention)
        upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: needsAttention }]);
      progress = { status, needsAttention, note };
      showDetails();
    },
    alertOwner(note) {
      background.start(telegram.alertOwner.executeWithOptions({ summary: 'tell the owner' }, [{ paymentId, note }]));
    },
    refreshScreen() {
      const summary = 'show the buyer the payment';
      background.start(telegram.refreshPaymentScreen.executeWithOptions({ summary }, [{ paymentId }]));
    },
    tellRefused(requestId, verdict) {
      const refused = { paymentId, requestId, verdict };
      const summary = 'tell the buyer why not';
      background.start(telegram.tellBuyerRefundRefused.executeWithOptions({ summary }, [refused]));
    },
  };
}
