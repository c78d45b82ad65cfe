import { condition, setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { AttentionNote } from '../../domain/attention';
import type { PanelFailure } from '../../domain/panelTrouble';
import type { PaymentStatus } from '../../domain/payment';
import type { BackgroundTasks } from '../backgroundTasks';
import type { KeyAnswer, RefusedOrder } from '../contracts/activities';
import { paymentProgress, type PaymentInput, type PaymentProgress } from '../contracts/payment';
import { SEARCH_ATTRIBUTES } from '../contracts/searchAttributes';
import { KEY_FIRST_MS } from '../retryPolicies';
import { telegram } from './activities';

/**
 * Tells people how the payment stands: operators in the Web UI, the buyer in the chat, the owner when a person must
 * look.
 */
export interface Progress {
  current(): PaymentProgress;
  /**
   * Makes the state visible in the query, the search attributes and the current details. Writes nothing to
   * PostgreSQL.
   */
  update(status: PaymentStatus, note: string, needsAttention?: boolean): void;
  /** Brings the buyer's screen up to date in the background. */
  refreshScreen(): void;
  /** The fast path has drawn the last screen: `finish` need not. */
  screenIsShown(): void;
  /** Sends the invoice of an order that is paid in the chat, in the background. */
  sendInvoice(): void;
  /** Sends the key in the background. */
  sendKey(): void;
  /** What came of the message with the key: the owner is told of one that Telegram takes in no form. */
  keyAnswered(answer: KeyAnswer): void;
  /** Tells the owner in the background, and the buyer when the owner has it. */
  alertOwner(note: AttentionNote): void;
  /** The same, of a panel that makes no key. @param refundDueAt when the money goes back by itself, ISO 8601 */
  tellOwnerOfDelay(refundDueAt: string, failure: PanelFailure | undefined): void;
  /** The same, of a provider that makes no payment for orders of this shop. */
  tellOwnerOfRefusedOrder(refused: RefusedOrder): void;
  /** Shows the buyer the last state, unless it is shown already, and waits for all background tasks. */
  finish(): Promise<void>;
}

const detailsOf = ({ status, needsAttention, note }: PaymentProgress): string =>
  `**${status}**${needsAttention ? ' (needs attention)' : ''}: ${note}`;

/** Called before the first await of the workflow, so that the query is answered from the beginning. */
export function trackProgress({ paymentId, resume }: PaymentInput, background: BackgroundTasks): Progress {
  let progress: PaymentProgress = resume?.progress ?? {
    status: 'created',
    needsAttention: false,
    note: 'asking for a payment link',
  };
  setHandler(paymentProgress, () => progress);
  const showDetails = () => setCurrentDetails(detailsOf(progress));
  // Search attributes go over from run to run, details do not.
  if (resume) showDetails();

  let isRefreshing = false;
  let mustRefresh = false;
  let isSendingKey = false;
  let isShown = false;

  const refreshUntilCurrent = async (): Promise<void> => {
    isRefreshing = true;
    try {
      while (mustRefresh) {
        mustRefresh = false;
        const summary = `show the buyer: ${progress.status}`;
        await telegram.refreshPaymentScreen.executeWithOptions({ summary }, [{ paymentId }]);
      }
    } finally {
      isRefreshing = false;
    }
  };

  const refreshScreen = (): void => {
    // The activity draws what PostgreSQL says when it runs, so one that waits for its turn covers every request until
    // then.
    mustRefresh = true;
    if (!isRefreshing) background.start(refreshUntilCurrent());
  };

  const tellOwner = (telling: Promise<{ told: boolean }>): void =>
    background.start(telling.then(({ told }) => told && refreshScreen()));

  const summary = 'tell the owner';
  const alertOwner = (note: AttentionNote): void =>
    tellOwner(telegram.alertOwner.executeWithOptions({ summary }, [{ paymentId, note }]));

  const keyAnswered = (answer: KeyAnswer): void => {
    if (answer.outcome === 'owed' && answer.why === 'refused') alertOwner({ about: 'key-refused' });
  };

  return {
    current: () => progress,
    update(status, note, needsAttention = false) {
      const updates = [];
      if (status !== progress.status) updates.push({ key: SEARCH_ATTRIBUTES.paymentStatus, value: status });
      if (needsAttention !== progress.needsAttention)
        updates.push({ key: SEARCH_ATTRIBUTES.needsAttention, value: needsAttention });
      progress = { status, needsAttention, note };
      if (updates.length > 0) upsertSearchAttributes(updates);
      showDetails();
    },
    refreshScreen,
    screenIsShown: () => void (isShown = true),
    sendInvoice: () =>
      background.start(telegram.sendInvoice.executeWithOptions({ summary: 'send the invoice' }, [{ paymentId }])),
    sendKey() {
      isSendingKey = true;
      background.start(
        telegram.sendKey
          .executeWithOptions({ summary: 'send the key' }, [{ paymentId }])
          .finally(() => (isSendingKey = false))
          .then((answer) => {
            keyAnswered(answer);
            // The last screen did not wait for it and says where else the key is.
            if (isShown) refreshScreen();
          }),
      );
    },
    keyAnswered,
    alertOwner,
    tellOwnerOfDelay: (refundDueAt, failure) =>
      tellOwner(
        telegram.tellOwnerOfDelay.executeWithOptions({ summary }, [
          { paymentId, refundDueAt, ...(failure === undefined ? {} : { failure }) },
        ]),
      ),
    tellOwnerOfRefusedOrder: (refused) =>
      tellOwner(telegram.tellOwnerOfRefusedOrder.executeWithOptions({ summary }, [{ paymentId, ...refused }])),
    async finish() {
      if (isSendingKey)
        await condition(() => !isSendingKey, KEY_FIRST_MS, { summary: 'the key first, then the last screen' });
      // An older screen that is still on its way could arrive after the last one.
      if (isRefreshing || !isShown) refreshScreen();
      isShown = true;
      await background.finish();
    },
  };
}
