import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { condition, setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { PaymentStatus } from '../../domain/payment';
import { openBeside } from '../beside';
import { paymentProgress, type PaymentInput, type PaymentProgress } from '../contracts/payment';
import { tell } from '../refund/activities';
import { quick, telegram } from './activities';
import { quickly, type Haste } from './quickly';

const STATUS = defineSearchAttributeKey('PaymentStatus', SearchAttributeType.KEYWORD);
const ATTENTION = defineSearchAttributeKey('NeedsAttention', SearchAttributeType.BOOL);

/** Where the workflow tells people how it stands: operators in the Web UI, the buyer in the chat, the owner when he must look. */
export interface Desk {
  /** Makes the state visible: query, search attributes, current details. Records nothing in PostgreSQL. */
  show(status: PaymentStatus, note: string, needsAttention?: boolean): void;
  /** Brings the buyer's live screen up to date; beside the story, the newest state wins. */
  refreshScreen(): void;
  sendKey(): void;
  alertOwner(note: string): void;
  /** Buyer and owner: the money is back. */
  tellRefund(): void;
  /** Something that must end before the workflow does, but that nothing waits for. */
  beside(work: Promise<unknown>): void;
  /**
   * Shows the last state, unless the buyer has it before him, and waits for everything that runs beside the story.
   * @param isShown whether he has
   */
  close(isShown: boolean): Promise<void>;
}

/** The last screen comes after the key, unless the key keeps everybody waiting. */
const KEY_FIRST_MS = 5_000;

export function openDesk({ paymentId }: PaymentInput, haste: Haste): Desk {
  let progress: PaymentProgress = {
    status: 'created',
    needsAttention: false,
    note: 'asking YooKassa for a payment link',
  };
  setHandler(paymentProgress, () => progress);

  const { start: beside, settled } = openBeside('payment');
  let refreshing = false;
  let refreshAgain = false;
  let sendingKey = false;

  const refreshUntilCurrent = async (): Promise<void> => {
    refreshing = true;
    try {
      do {
        refreshAgain = false;
        await telegram.refreshPaymentScreen.executeWithOptions({ summary: `show the buyer: ${progress.status}` }, [
          { paymentId },
        ]);
      } while (refreshAgain);
    } finally {
      refreshing = false;
    }
  };

  const refreshScreen = (): void => {
    // The activity shows what the record says when it runs, so one that waits its turn covers every request made until then.
    refreshAgain = true;
    if (!refreshing) beside(refreshUntilCurrent());
  };

  return {
    show(status, note, needsAttention = false) {
      const updates = [];
      if (status !== progress.status) updates.push({ key: STATUS, value: status });
      if (needsAttention !== progress.needsAttention) updates.push({ key: ATTENTION, value: needsAttention });
      progress = { status, needsAttention, note };
      if (updates.length > 0) upsertSearchAttributes(updates);
      setCurrentDetails(`**${status}**${needsAttention ? ' (needs attention)' : ''}: ${note}`);
    },
    refreshScreen,
    sendKey() {
      sendingKey = true;
      beside(
        telegram.sendKey
          .executeWithOptions({ summary: 'send the key' }, [{ paymentId }])
          .finally(() => (sendingKey = false)),
      );
    },
    alertOwner(note) {
      beside(telegram.alertOwner.executeWithOptions({ summary: 'tell the owner' }, [{ paymentId, note }]));
    },
    tellRefund() {
      beside(
        tell.tellBuyerOfReturn.executeWithOptions({ summary: 'tell the buyer: done' }, [
          { paymentId, attempt: null, stage: 'done' },
        ]),
      );
      beside(
        tell.tellOwnerOfReturn.executeWithOptions({ summary: 'tell the owner: done' }, [
          { paymentId, attempt: null, stage: 'done' },
        ]),
      );
    },
    beside,
    async close(isShown) {
      if (haste.mayBeQuick() && sendingKey)
        await condition(() => !sendingKey, KEY_FIRST_MS, { summary: 'the key first, then the last screen' });
      // What keeps the screen before from the chat would keep a quick attempt from it, too; and it might come after the last one.
      if (refreshing) refreshScreen();
      else if (!isShown)
        await quickly(
          haste,
          () => quick.refreshPaymentScreen({ paymentId }),
          async () => refreshScreen(),
        );
      await settled();
    },
  };
}
