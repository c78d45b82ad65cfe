/** Buyers who give a subscription to somebody, and those it is for. */
import { PLANS } from '../environment/catalogue';
import { Buyer, type Order } from './buyer';
import {
  askToCancel,
  cancelGift,
  claimGift,
  giftCode,
  isGiftReturned,
  openGift,
  pressThrice,
  type GiftClaim,
} from './giftPress';
import type { GiftFate, PlannedBuyer } from './plan';
import { order, pay, type BuyerContext, type GivenGift } from './tally';

/** Ids of those it is for: no other buyer has them. */
const RECEIVERS_AFTER = 2_000_000;
const SECOND_RECEIVERS_AFTER = 3_000_000;

interface Gift {
  readonly giver: Buyer;
  readonly planned: PlannedBuyer;
  readonly context: BuyerContext;
  readonly made: Order;
  readonly given: GivenGift;
  readonly link: GiftClaim;
}

/** Buys a gift, waits for its link, and lets its fate happen. */
export async function gives(giver: Buyer, planned: PlannedBuyer, context: BuyerContext): Promise<void> {
  const made = await order(giver, context, { isGift: true, plan: planned.plan });
  if (!made) return;
  const { giftFate: fate } = planned;
  const given: GivenGift = {
    ...{ giverId: giver.id, providerRef: made.providerRef, fate },
    days: PLANS.find(({ code }) => code === planned.plan)!.days,
    claimants: new Set(),
    isLivedThrough: false,
  };
  context.tally.gifts.push(given);
  await pay(giver, context, made);
  const code = await giftCode(giver, context.waitMs);
  if (code === undefined) return;
  const gift: Gift = { giver, planned, context, made, given, link: { code, location: planned.location } };
  given.isLivedThrough = await FATES[fate](gift);
}

async function receiver({ giver, context }: Gift, after = RECEIVERS_AFTER): Promise<Buyer> {
  const person = new Buyer(giver.id + after, context);
  await person.start();
  return person;
}

/** Claims it, and counts as somebody who may have it. */
async function claim({ given, context, link }: Gift, person: Buyer): Promise<boolean> {
  const end = await claimGift(person, link, () => given.claimants.add(person.id), context.waitMs);
  return end === 'theirs';
}

/** Tries to claim what nobody but its giver can have any more. Whoever gets it counts as one who was given nothing. */
const isRefusedTo = async ({ context, link }: Gift, person: Buyer): Promise<boolean> =>
  (await claimGift(person, link, () => undefined, context.waitMs)) === 'refused';

const FATES: Readonly<Record<GiftFate, (gift: Gift) => Promise<boolean>>> = {
  claimed: async (gift) => claim(gift, await receiver(gift)),

  async 'claimed-by-two'(gift) {
    const two = [await receiver(gift), await receiver(gift, SECOND_RECEIVERS_AFTER)];
    const buttons = await Promise.all(two.map((person) => openGift(person, gift.link)));
    // Together as far as people can be: each has the screen with the button before one of them presses.
    for (const [index, button] of buttons.entries())
      if (typeof button === 'object') {
        gift.given.claimants.add(two[index]!.id);
        pressThrice(two[index]!, button);
      }
    const ends = await Promise.all(two.map((person) => claim(gift, person)));
    return ends.filter(Boolean).length === 1;
  },

  async added(gift) {
    const { context, planned } = gift;
    const person = await receiver(gift);
    const own = await order(person, context, { location: planned.otherLocation, plan: planned.otherPlan });
    if (!own) return false;
    await pay(person, context, own);
    const hasKey = (await person.outcome(own, 'wait', context.waitMs)) === 'issued';
    return (await claim(gift, person)) && hasKey;
  },

  taken: (gift) => claim(gift, gift.giver),

  async returned(gift) {
    const { giver, context, made } = gift;
    await context.owner.passTheReturn(made.paymentId);
    const isTold = await giver.chat.until(() => (isGiftReturned(giver.chat) ? true : undefined), context.waitMs);
    if (!isTold) return false;
    return (await isRefusedTo(gift, await receiver(gift))) && claim(gift, giver);
  },

  async cancelled(gift) {
    const yes = await askToCancel(gift.giver, gift.made);
    if (!yes || !(await cancelGift(gift.giver, yes))) return false;
    return isRefusedTo(gift, await receiver(gift));
  },

  async 'claim-races-cancel'(gift) {
    const person = await receiver(gift);
    const [yes, button] = await Promise.all([askToCancel(gift.giver, gift.made), openGift(person, gift.link)]);
    if (typeof button === 'object') {
      gift.given.claimants.add(person.id);
      pressThrice(person, button);
    }
    await Promise.all([yes && cancelGift(gift.giver, yes), claim(gift, person)]);
    return yes !== undefined && typeof button === 'object';
  },

  refunded: async (gift) => (await claim(gift, await receiver(gift))) && gift.context.owner.refund(gift.made, null),

  'refunded-in-part': async (gift) =>
    (await claim(gift, await receiver(gift))) && gift.context.owner.refund(gift.made, halfOf(gift)),

  'refunded-in-cabinet': async (gift) =>
    (await claim(gift, await receiver(gift))) && gift.context.owner.refundInCabinet(gift.made, null),

  async 'refunded-in-part-before'(gift) {
    const isRefunded = await gift.context.owner.refund(gift.made, halfOf(gift));
    return (await claim(gift, await receiver(gift))) && isRefunded;
  },
};

const halfOf = ({ planned }: Gift): number => PLANS.find(({ code }) => code === planned.plan)!.priceKopecks / 2;
