/** What the buyers of a run have done, as far as the ledgers need it, and the two things that every kind of buyer does. */
import type { Owner } from '../environment/owner';
import type { PaidForm } from '../ledgers/external';
import type { Buyer, Order } from './buyer';
import type { Chats } from './chats';
import type { GiftFate } from './plan';

/** A gift that was ordered. */
export interface GivenGift {
  readonly giverId: number;
  readonly providerRef: string;
  readonly days: number;
  readonly fate: GiftFate;
  /** Who has pressed the button of its link while they might have it. */
  readonly claimants: Set<number>;
  /** What was to happen to it has happened, as far as its people could see. */
  isLivedThrough: boolean;
}

export interface Tally {
  /** Orders for which the shop gave a payment link. */
  orders: number;
  /** Forms sent to YooKassa. */
  paid: number;
  /**
   * People the shop could not get to a link however often they tried; none of them has paid for what they did not get.
   */
  gaveUp: number;
  /** Who paid what. */
  readonly forms: PaidForm[];
  /** Orders whose place, plan or price differ from the confirmation that the buyer pressed. */
  readonly otherThanConfirmed: string[];
  /** Who has pressed the button of a trial. */
  readonly trials: Set<number>;
  /** Who has pressed the button of which voucher. */
  readonly claims: { readonly buyerId: number; readonly code: string }[];
  /** Friends who came by somebody's link, and their orders. */
  readonly friends: { readonly referrerId: number; readonly friendId: number; readonly providerRef: string }[];
  readonly gifts: GivenGift[];
}

export const emptyTally = (): Tally => ({
  ...{ orders: 0, paid: 0, gaveUp: 0, forms: [], otherThanConfirmed: [] },
  ...{ trials: new Set(), claims: [], friends: [], gifts: [] },
});

export interface BuyerContext {
  readonly telegramUrl: string;
  readonly chats: Chats;
  readonly stopped: AbortSignal;
  readonly tally: Tally;
  /** What the shop's owner does, and time, for those buyers who need it. */
  readonly owner: Owner;
  /** Milliseconds after which the close watch of an order has certainly ended. */
  readonly lateMs: number;
  /** A buyer looks at the chat for this long; what comes later still counts, but nothing is pressed any more. */
  readonly waitMs: number;
}

export async function order(
  buyer: Buyer,
  { tally }: BuyerContext,
  choice: Parameters<Buyer['order']>[0],
  known?: ReadonlySet<string>,
): Promise<Order | undefined> {
  const made = await buyer.order(choice, known);
  if (made) tally.orders += 1;
  else tally.gaveUp += 1;
  if (made && made.shown !== made.confirmed)
    tally.otherThanConfirmed.push(
      `buyer ${buyer.id}, payment ${made.paymentId}: confirmed "${made.confirmed}", got "${made.shown}"`,
    );
  return made;
}

export async function pay(
  buyer: Buyer,
  { tally }: BuyerContext,
  made: Order,
  card?: string,
  how?: { twice: boolean },
): Promise<void> {
  // Recorded before it is sent: YooKassa may have taken the form although its answer was lost.
  tally.forms.push({ buyerId: buyer.id, providerRef: made.providerRef });
  if (await buyer.pay(made, card, how)) tally.paid += 1;
}
