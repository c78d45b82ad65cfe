import { readDeskQuery } from '../domain/deskQuery';
import type { Payment } from '../domain/payment';
import type { createDeskSearchRepository, FoundPerson } from '../storage/postgres/deskSearch';
import type { SupportService } from '../support/supportService';

export interface DeskSearchDeps {
  readonly deskSearch: Pick<ReturnType<typeof createDeskSearchRepository>, 'people' | 'hasPromo'>;
  readonly support: Pick<SupportService, 'find'>;
}

export interface DeskFound {
  readonly people: readonly FoundPerson[];
  /** Newest first. */
  readonly payments: readonly Payment[];
  /** A promo code of this name. */
  readonly promo: string | undefined;
  /** More people have this name than are named here. */
  readonly hasMore: boolean;
}

/** More are not readable, and not chosen from. */
const SHOWN_PEOPLE = 10;
const SHOWN_PAYMENTS = 10;
/** Longer texts are cut: Telegram sends no longer ones. */
const MOST_CHARACTERS = 4_096;

export type DeskSearch = ReturnType<typeof createDeskSearch>;

/**
 * One search for everything that names a person or an order: Telegram id, name, order number, YooKassa's id, key, link,
 * code, account on a panel. It never fails for what was typed.
 */
export function createDeskSearch({ deskSearch, support }: DeskSearchDeps) {
  return async (text: string): Promise<DeskFound> => {
    const query = readDeskQuery(text.slice(0, MOST_CHARACTERS));
    const references = [...query.ids, ...(text.toLowerCase().match(ORDER_NUMBER) ?? [])].slice(0, 10).join(' ');
    const [found, payments, hasPromo] = await Promise.all([
      deskSearch.people(query, SHOWN_PEOPLE + 1),
      references === '' ? [] : support.find(references),
      query.promo !== undefined && deskSearch.hasPromo(query.promo),
    ]);
    const people = [...new Map(found.toReversed().map((one) => [one.telegramId, one])).values()].toReversed();
    // Digits that are an order number and a Telegram id: both are shown. Orders of a person are on their card.
    const named = new Set(query.userIds);
    const orders = payments.filter((one) => !named.has(one.userId) || references.includes(one.id.slice(0, 8)));
    return {
      people: people.slice(0, SHOWN_PEOPLE),
      payments: orders.slice(0, SHOWN_PAYMENTS),
      promo: hasPromo ? query.promo : undefined,
      hasMore: people.length > SHOWN_PEOPLE,
    };
  };
}

const ORDER_NUMBER = /(?<![0-9a-z-])[0-9a-f]{8}(?![0-9a-z-])/g;
