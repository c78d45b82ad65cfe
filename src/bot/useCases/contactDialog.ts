/** The part of the purchase dialog that asks where the receipts go. */
import { unlessAway } from '../../storage/redis/errors';
import { IDLE, type DialogState } from '../dialog';
import type { DialogProgress } from './dialogProgress';
import { EXPIRED, pickPlace, type PlaceState, type PurchaseStep } from './purchaseSteps';
import type { ReceiptContacts } from './receiptContacts';

export interface ContactDialogDeps {
  readonly progress: DialogProgress;
  readonly receiptContacts: ReceiptContacts;
  /** Shows the confirmation of what was chosen. */
  readonly confirm: (place: PlaceState, planCode: string, userId: number, from: DialogState) => Promise<PurchaseStep>;
}

export function createContactDialog({ progress, receiptContacts, confirm }: ContactDialogDeps) {
  /** Asks where the receipt goes; the confirmation follows when it is known. */
  async function giveContact(
    userId: number,
    chosen: PlaceState & { readonly planCode: string },
    from?: DialogState,
  ): Promise<PurchaseStep> {
    const next = { name: 'giving-contact', ...chosen } as const;
    if (from === undefined) await progress.begin(userId, next);
    else if (!(await progress.advance(userId, from, next))) return EXPIRED;
    return askContact(true);
  }

  const askContact = (inPurchase: boolean, isWrong = false): PurchaseStep => ({
    step: 'contact',
    accepted: receiptContacts.accepted ?? 'email',
    isWrong,
    inPurchase,
  });

  return {
    giveContact,

    /** "Another address": of the confirmation that is shown, or of the settings. */
    async changeContact(userId: number): Promise<PurchaseStep> {
      if (receiptContacts.accepted === undefined) return EXPIRED;
      const state = await progress.peek(userId);
      if (state.name === 'confirming')
        return giveContact(userId, { ...pickPlace(state), planCode: state.planCode }, state);
      await progress.leaveFor(userId, { name: 'changing-contact' });
      return askContact(false);
    },

    /**
     * A text that may be where the receipts go.
     * @returns `undefined`: nobody has asked for one
     */
    async contact(userId: number, text: string): Promise<PurchaseStep | undefined> {
      const state = await unlessAway(progress.peek(userId), undefined);
      if (state?.name !== 'giving-contact' && state?.name !== 'changing-contact') return undefined;
      if (!(await receiptContacts.save(userId, text))) return askContact(state.name === 'giving-contact', true);
      if (state.name === 'giving-contact') return confirm(state, state.planCode, userId, state);
      await progress.leaveFor(userId, IDLE);
      return { step: 'contact-saved' };
    },
  };
}
