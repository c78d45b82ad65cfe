import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineQuery, setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { createBackgroundTasks } from '../backgroundTasks';
import { REFUND_PROGRESS_QUERY, type RefundInput, type RefundProgress, type ReturnStage } from '../contracts/refund';
import { panel, tell } from './activities';

const ATTENTION = defineSearchAttributeKey('NeedsAttention', SearchAttributeType.BOOL);

/** Where the refund tells people how it stands. */
export interface RefundDesk {
  show(note: string, needsAttention?: boolean): void;
  /** Buyer and owner, each in his words, once. */
  tellReturn(attempt: number, stage: ReturnStage): void;
  tellRefused(orderId: string, verdict: string): void;
  alertOwner(note: string): void;
  /** The panel is told what is left; nothing about money waits for it. */
  withdrawAccess(): void;
  /** Whether nothing runs beside the story. */
  isQuiet(): boolean;
}

export function openRefundDesk({ paymentId }: RefundInput): RefundDesk {
  let progress: RefundProgress = {
    status: 'refunding',
    needsAttention: false,
    note: 'comparing the record with YooKassa',
  };
  setHandler(defineQuery<RefundProgress>(REFUND_PROGRESS_QUERY), () => progress);

  const { start: beside, isIdle: isQuiet } = createBackgroundTasks('refund');

  return {
    show(note, needsAttention = false) {
      if (needsAttention !== progress.needsAttention)
        upsertSearchAttributes([{ key: ATTENTION, value: needsAttention }]);
      progress = { ...progress, needsAttention, note };
      setCurrentDetails(`**refund**${needsAttention ? ' (needs attention)' : ''}: ${note}`);
    },
    tellReturn(attempt, stage) {
      beside(
        tell.tellBuyerOfReturn.executeWithOptions({ summary: `tell the buyer: ${stage}` }, [
          { paymentId, attempt, stage },
        ]),
      );
      beside(
        tell.tellOwnerOfReturn.executeWithOptions({ summary: `tell the owner: ${stage}` }, [
          { paymentId, attempt, stage },
        ]),
      );
      beside(tell.refreshPaymentScreen.executeWithOptions({ summary: 'show the buyer' }, [{ paymentId }]));
    },
    tellRefused(orderId, verdict) {
      beside(
        tell.tellBuyerNoReturn.executeWithOptions({ summary: 'tell the buyer why not' }, [
          { paymentId, orderId, verdict },
        ]),
      );
    },
    alertOwner(note) {
      beside(tell.alertOwner.executeWithOptions({ summary: 'tell the owner' }, [{ paymentId, note }]));
    },
    withdrawAccess() {
      beside(panel.withdrawAccess({ paymentId }));
    },
    isQuiet,
  };
}
