import type { Payment } from '../domain/payment';
import type { DeskCardsRepository, PersonCard } from '../storage/postgres/deskCards';
import type { PaymentsRepository } from '../storage/postgres/payments';

export interface DeskCardsDeps {
  readonly deskCards: Pick<DeskCardsRepository, 'of' | 'addNote'>;
  readonly payments: Pick<PaymentsRepository, 'ofUser'>;
}

export type DeskCard = PersonCard & { readonly payments: readonly Payment[] };

const SHOWN_PAYMENTS = 5;
/** Longer than this nobody reads on a card. */
export const MOST_NOTE_CHARACTERS = 1_000;

export type DeskCards = ReturnType<typeof createDeskCards>;

/** A person as the desk sees them. */
export function createDeskCards({ deskCards, payments }: DeskCardsDeps) {
  return {
    async of(userId: number): Promise<DeskCard | undefined> {
      const [card, last] = await Promise.all([deskCards.of(userId), payments.ofUser(userId, SHOWN_PAYMENTS)]);
      return card && { ...card, payments: last };
    },

    /** @returns why nothing was noted; `undefined`: it was */
    async addNote(userId: number, text: string, actor: string): Promise<'empty' | 'too-long' | 'unknown' | undefined> {
      const words = text.replaceAll(/[^\P{C}\n]+/gu, '').trim();
      if (words === '') return 'empty';
      if (words.length > MOST_NOTE_CHARACTERS) return 'too-long';
      return (await deskCards.addNote(userId, words, actor)) ? undefined : 'unknown';
    },
  };
}
