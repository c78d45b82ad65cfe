/** What each kind of buyer does, step by step. */
import { setTimeout as pause } from 'node:timers/promises';
import { FRIENDS_PLAN } from '../environment/catalogue';
import { Buyer, type OrderEnd } from './buyer';
import { gives } from './giving';
import type { PlannedBuyer } from './plan';
import { order, pay, type BuyerContext } from './tally';

/** The friend of a buyer has an id that no other buyer has. */
const FRIENDS_AFTER = 1_000_000;
const DECLINED_CARD = '5555555555554600';

/** Runs one buyer to the end. Never rejects, because what became of their money is judged by the ledgers. */
export async function runBuyer(planned: PlannedBuyer, context: BuyerContext): Promise<void> {
  const buyer = new Buyer(planned.id, context);
  try {
    await buyer.start();
    await BEHAVIOURS[planned.kind](buyer, planned, context);
  } catch (error) {
    if (!context.stopped.aborted) console.error(`buyer ${planned.id} (${planned.kind}) failed:`, error);
  }
}

type Behaviour = (buyer: Buyer, planned: PlannedBuyer, context: BuyerContext) => Promise<unknown>;

/** As impatient people do: they press three times, and go on when they read that it is theirs. */
async function takeTrial(buyer: Buyer, planned: PlannedBuyer, context: BuyerContext): Promise<void> {
  await buyer.trial(planned.location, () => context.tally.trials.add(buyer.id), context.waitMs);
}

/** They want their money back once they have what they bought. */
async function askBack(buyer: Buyer, { asksBack }: PlannedBuyer, end: OrderEnd): Promise<void> {
  if (asksBack && end === 'issued') await buyer.askBack();
}

const first = async (buyer: Buyer, planned: PlannedBuyer, context: BuyerContext) => {
  const made = await order(buyer, context, planned);
  if (!made) return undefined;
  await pay(buyer, context, made);
  return { made, end: await buyer.outcome(made, planned.choice, context.waitMs) };
};

const BEHAVIOURS: Readonly<Record<PlannedBuyer['kind'], Behaviour>> = {
  pays: first,

  async 'pays-late'(buyer, planned, context) {
    const made = await order(buyer, context, planned);
    if (!made) return;
    await pause(context.lateMs);
    await pay(buyer, context, made);
    await buyer.outcome(made, planned.choice, context.waitMs);
  },

  leaves: (buyer, planned, context) => order(buyer, context, planned),

  async 'comes-back'(buyer, planned, context) {
    if (!(await order(buyer, context, planned))) return;
    await pause(context.lateMs / 2);
    const again = await order(buyer, context, planned);
    if (!again) return;
    await pay(buyer, context, again);
    await buyer.outcome(again, planned.choice, context.waitMs);
  },

  async 'changes-mind'(buyer, planned, context) {
    const one = await order(buyer, context, planned);
    if (!one) return;
    if (planned.cancelsFirst) await buyer.cancel(one);
    const elsewhere = { location: planned.otherLocation, plan: planned.plan };
    const two = await order(buyer, context, elsewhere, new Set([one.providerRef]));
    if (!two) return;
    await pay(buyer, context, two);
    await buyer.outcome(two, planned.choice, context.waitMs);
    if (planned.paysBoth) await pay(buyer, context, one);
  },

  async renews(buyer, planned, context) {
    const bought = await first(buyer, planned, context);
    if (bought?.end !== 'issued') return;
    // While Telegram takes no edits, the screen of the first order still has its link.
    const known = new Set([bought.made.providerRef]);
    const subscription = await buyer.subscription();
    const made =
      subscription === undefined
        ? undefined
        : await order(buyer, context, { renew: subscription, plan: planned.otherPlan }, known);
    if (!made) return;
    await pay(buyer, context, made);
    await buyer.outcome(made, planned.choice, context.waitMs);
  },

  async 'pays-two'(buyer, planned, context) {
    const one = await order(buyer, context, planned);
    if (!one) return;
    await buyer.cancel(one);
    const two = await order(buyer, context, { ...planned, plan: planned.otherPlan }, new Set([one.providerRef]));
    await Promise.all([one, ...(two ? [two] : [])].map((made) => pay(buyer, context, made)));
    if (two) await buyer.outcome(two, planned.choice, context.waitMs);
  },

  async impatient(buyer, planned, context) {
    const made = await order(buyer, context, planned);
    if (!made) return;
    await buyer.hammer(made, 'check', 3);
    await pay(buyer, context, made, undefined, { twice: true });
    await buyer.hammer(made, 'check', 3);
    await buyer.outcome(made, planned.choice, context.waitMs);
  },

  async declined(buyer, planned, context) {
    const made = await order(buyer, context, planned);
    if (!made) return;
    await pay(buyer, context, made, DECLINED_CARD);
    await buyer.outcome(made, planned.choice, 60_000);
    const again = await order(buyer, context, planned, new Set([made.providerRef]));
    if (!again) return;
    await pay(buyer, context, again);
    await buyer.outcome(again, planned.choice, context.waitMs);
  },

  async 'enters-code'(buyer, planned, context) {
    await buyer.enterCode(planned.promo);
    const made = await order(buyer, context, planned);
    if (!made || planned.paysWith === 'never') return;
    if (planned.paysWith === 'late') await pause(context.lateMs);
    await pay(buyer, context, made);
    await askBack(buyer, planned, await buyer.outcome(made, planned.choice, context.waitMs));
  },

  async claims(buyer, { voucher: code, location }, { tally, waitMs }) {
    await buyer.claimVoucher({ code, location }, () => tally.claims.push({ buyerId: buyer.id, code }), waitMs);
  },

  async invites(buyer, planned, context) {
    await first(buyer, planned, context);
    const link = await buyer.link();
    if (link === undefined) return;
    const friend = new Buyer(buyer.id + FRIENDS_AFTER, context);
    await friend.start(link);
    const made = await order(friend, context, { location: planned.otherLocation, plan: FRIENDS_PLAN });
    if (!made) return;
    context.tally.friends.push({ referrerId: buyer.id, friendId: friend.id, providerRef: made.providerRef });
    await pay(friend, context, made);
    const end = await friend.outcome(made, planned.choice, context.waitMs);
    if (planned.asksBack && planned.asksLate && end === 'issued') await context.owner.passTheHold(friend.id);
    await askBack(friend, planned, end);
  },

  async tries(buyer, planned, context) {
    await takeTrial(buyer, planned, context);
    const subscription = await buyer.subscription();
    const choice = subscription === undefined ? planned : { renew: subscription, plan: planned.plan };
    const made = await order(buyer, context, choice);
    if (!made) return;
    await pay(buyer, context, made);
    await buyer.outcome(made, planned.choice, context.waitMs);
  },

  'only-tries': takeTrial,

  gives,

  async blocks(buyer, planned, context) {
    const made = await order(buyer, context, planned);
    if (!made) return;
    await pay(buyer, context, made);
    await buyer.block();
  },
};
