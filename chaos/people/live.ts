/** What each kind of buyer does, as a story. */
import { setTimeout as pause } from 'node:timers/promises';
import type { PaidForm } from '../books/outside';
import { Buyer, type Order } from './buyer';
import type { Chats } from './chats';
import type { PlannedBuyer } from './plan';

export interface Tally {
  /** Links given out. */
  orders: number;
  /** Forms sent to YooKassa. */
  paid: number;
  /** People the shop could not get to a link however often they tried; none of them has paid for what he did not get. */
  gaveUp: number;
  /** Who paid what. */
  readonly forms: PaidForm[];
}

export interface Stage {
  readonly telegramUrl: string;
  readonly chats: Chats;
  readonly stopped: AbortSignal;
  readonly tally: Tally;
  /** Milliseconds until an order is surely no longer watched closely. */
  readonly lateMs: number;
  /** A buyer looks at his phone for this long; what comes later still counts, he only no longer presses anything. */
  readonly patienceMs: number;
}

const DECLINED_CARD = '5555555555554600';

/** Lives one buyer's life. Never rejects: what became of his money is for the books to say. */
export async function live(planned: PlannedBuyer, stage: Stage): Promise<void> {
  const buyer = new Buyer(planned.id, stage);
  try {
    await buyer.start();
    await STORIES[planned.kind](buyer, planned, stage);
  } catch (error) {
    if (!stage.stopped.aborted) console.error(`buyer ${planned.id} (${planned.kind}) stumbled:`, error);
  }
}

type Story = (buyer: Buyer, planned: PlannedBuyer, stage: Stage) => Promise<unknown>;

async function order(
  buyer: Buyer,
  { tally }: Stage,
  wish: Parameters<Buyer['order']>[0],
  known?: ReadonlySet<string>,
): Promise<Order | undefined> {
  const made = await buyer.order(wish, known);
  if (made) tally.orders += 1;
  else tally.gaveUp += 1;
  return made;
}

async function pay(
  buyer: Buyer,
  { tally }: Stage,
  made: Order,
  card?: string,
  how?: { twice: boolean },
): Promise<void> {
  // Noted first: a form whose answer was lost has been filled in all the same.
  tally.forms.push({ buyerId: buyer.id, yookassaId: made.yookassaId });
  if (await buyer.pay(made, card, how)) tally.paid += 1;
}

const first: Story = async (buyer, planned, stage) => {
  const made = await order(buyer, stage, planned);
  if (!made) return undefined;
  await pay(buyer, stage, made);
  return { made, end: await buyer.outcome(made, planned.choice, stage.patienceMs) };
};

const STORIES: Readonly<Record<PlannedBuyer['kind'], Story>> = {
  pays: first,

  async 'pays-late'(buyer, planned, stage) {
    const made = await order(buyer, stage, planned);
    if (!made) return;
    await pause(stage.lateMs);
    await pay(buyer, stage, made);
    await buyer.outcome(made, planned.choice, stage.patienceMs);
  },

  leaves: (buyer, planned, stage) => order(buyer, stage, planned),

  async 'comes-back'(buyer, planned, stage) {
    if (!(await order(buyer, stage, planned))) return;
    await pause(stage.lateMs / 2);
    const again = await buyer.order(planned);
    if (!again) return;
    await pay(buyer, stage, again);
    await buyer.outcome(again, planned.choice, stage.patienceMs);
  },

  async renews(buyer, planned, stage) {
    const { end } = ((await first(buyer, planned, stage)) ?? {}) as { end?: string };
    if (end !== 'issued') return;
    const subscription = await buyer.subscription();
    const made =
      subscription === undefined
        ? undefined
        : await order(buyer, stage, { renew: subscription, plan: planned.otherPlan });
    if (!made) return;
    await pay(buyer, stage, made);
    await buyer.outcome(made, planned.choice, stage.patienceMs);
  },

  async 'pays-two'(buyer, planned, stage) {
    const one = await order(buyer, stage, planned);
    if (!one) return;
    await buyer.cancel(one);
    const two = await order(buyer, stage, { ...planned, plan: planned.otherPlan }, new Set([one.yookassaId]));
    await Promise.all([one, ...(two ? [two] : [])].map((made) => pay(buyer, stage, made)));
    if (two) await buyer.outcome(two, planned.choice, stage.patienceMs);
  },

  async impatient(buyer, planned, stage) {
    const made = await order(buyer, stage, planned);
    if (!made) return;
    await buyer.hammer(made, 'check', 3);
    await pay(buyer, stage, made, undefined, { twice: true });
    await buyer.hammer(made, 'check', 3);
    await buyer.outcome(made, planned.choice, stage.patienceMs);
  },

  async declined(buyer, planned, stage) {
    const made = await order(buyer, stage, planned);
    if (!made) return;
    await pay(buyer, stage, made, DECLINED_CARD);
    await buyer.outcome(made, planned.choice, 60_000);
    const again = await order(buyer, stage, planned, new Set([made.yookassaId]));
    if (!again) return;
    await pay(buyer, stage, again);
    await buyer.outcome(again, planned.choice, stage.patienceMs);
  },

  async blocks(buyer, planned, stage) {
    const made = await order(buyer, stage, planned);
    if (!made) return;
    await pay(buyer, stage, made);
    await buyer.block();
  },
};
