/** What the people of a case do: up to where its trap is set, and from there to the end. */
import { FRIENDS_PLAN, PLANS } from '../environment/catalogue';
import type { Buyer, Order, PurchaseChoice } from '../buyers/buyer';
import { claimGift, giftCode, isGiftReturned } from '../buyers/giftPress';
import type { GiftFate } from '../buyers/plan';
import type { GivenGift } from '../buyers/tally';
import { LIMIT_MS, type RunContext } from './context';
import type { FlowName } from './steps';

/** The second person of a case has an id that no other has. */
export const SECONDS_AFTER = 1_000_000;

export interface People {
  readonly one: Buyer;
  /** Comes when the flow has a second person, by this link. */
  second(payload?: string): Promise<Buyer>;
  /** Ids by which requests of this case are known: those of its people, and of what they order. */
  readonly names: string[];
  readonly run: RunContext;
  /** Sets the trap: what comes after this meets it. */
  readonly trap: () => void;
}

export type Flow = (people: People) => Promise<unknown>;

async function buy(buyer: Buyer, { run }: People, choice: PurchaseChoice, isRefund = false): Promise<Order> {
  const order = await buyer.order(choice);
  if (!order) throw new Error(`buyer ${buyer.id} got no link`);
  run.forms.push({ buyerId: buyer.id, providerRef: order.providerRef });
  await buyer.pay(order);
  if (!('isGift' in choice)) await buyer.outcome(order, isRefund ? 'delay-refund' : 'wait', LIMIT_MS);
  return order;
}

const MONTH = { location: 'de', plan: 'month' } as const;
const PLAN = PLANS[1];

/** @param trapFirst whether the trap is to be met by the purchase */
async function give(people: People, fate: GiftFate, trapFirst = false) {
  const { one, run } = people;
  if (trapFirst) people.trap();
  const made = await buy(one, people, { isGift: true, plan: PLAN.code });
  const given: GivenGift = {
    ...{ giverId: one.id, providerRef: made.providerRef, days: PLAN.days, fate },
    ...{ claimants: new Set<number>(), isLivedThrough: true },
  };
  run.gifts.push(given);
  const code = await giftCode(one, LIMIT_MS);
  if (code === undefined) throw new Error(`buyer ${one.id} got no link of the gift`);
  const claim = async (receiver: Buyer) => {
    const link = { code, location: MONTH.location };
    const end = await claimGift(receiver, link, () => given.claimants.add(receiver.id), LIMIT_MS);
    if (end !== 'theirs') throw new Error(`buyer ${receiver.id} could not claim the gift`);
  };
  return { made, claim };
}

export const FLOWS_BY_NAME: Readonly<Record<FlowName, Flow>> = {
  async purchase(people) {
    people.trap();
    await buy(people.one, people, MONTH);
  },

  async refund(people) {
    people.trap();
    await buy(people.one, people, { location: 'fi', plan: 'month' }, true);
  },

  async renewal(people) {
    await buy(people.one, people, { location: 'de', plan: 'week' });
    const subscription = await people.one.subscription();
    if (subscription === undefined) throw new Error(`buyer ${people.one.id} does not find the subscription`);
    people.trap();
    await buy(people.one, people, { renew: subscription, plan: 'month' });
  },

  async gift(people) {
    const { claim } = await give(people, 'claimed', true);
    await claim(await people.second());
  },

  async claim(people) {
    const { claim } = await give(people, 'claimed');
    // Only what is for the receiver is a step of the claim.
    people.names.length = 0;
    const receiver = await people.second();
    people.trap();
    await claim(receiver);
  },

  async return(people) {
    const { made, claim } = await give(people, 'returned');
    const { one, run } = people;
    people.trap();
    await run.owner.passTheReturn(made.paymentId);
    const isTold = await one.chat.until(() => (isGiftReturned(one.chat) ? true : undefined), LIMIT_MS);
    if (!isTold) throw new Error(`buyer ${one.id} was not told that the gift is theirs`);
    await claim(one);
  },

  async 'gift refund'(people) {
    const { made, claim } = await give(people, 'refunded');
    const receiver = await people.second();
    await claim(receiver);
    // The gift is called theirs before its key is in the chat, and a refund keeps a key that is still to be sent.
    const hasKey = () => (receiver.chat.keys().length > 0 ? true : undefined);
    if (!(await receiver.chat.until(hasKey, LIMIT_MS))) throw new Error(`buyer ${receiver.id} got no key of the gift`);
    people.trap();
    if (!(await people.run.owner.refund(made, null))) throw new Error(`the gift of ${people.one.id} was not refunded`);
  },

  async 'reward refund'(people) {
    const { one, run } = people;
    await buy(one, people, MONTH);
    const link = await one.link();
    const friend = await people.second(link);
    const made = await buy(friend, people, { location: 'de', plan: FRIENDS_PLAN });
    run.friends.push({ referrerId: one.id, friendId: friend.id, providerRef: made.providerRef });
    if (!(await run.owner.passTheHold(friend.id))) throw new Error(`the reward for ${friend.id} was not given`);
    people.trap();
    if (!(await run.owner.refund(made, null))) throw new Error(`the purchase of ${friend.id} was not refunded`);
  },
};
