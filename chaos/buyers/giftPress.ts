/** What people press who give a subscription to somebody, and who claim one. */
import { type LocationCode } from '../environment/catalogue';
import { isFor, isVoucherPromised, type Buyer, type Order } from './buyer';
import type { Button, Chat } from './chats';

/** Tries of a way through the shop's screens, each from its beginning. */
const TRIES = 5;
/** How long they look at the answer to their presses before they open the link again. */
const LOOK_MS = 10_000;

/** Waits until the giver reads the gift's link. @returns its code */
export function giftCode({ chat }: Buyer, timeoutMs: number): Promise<string | undefined> {
  return chat.until(
    () =>
      [...chat.messages.values()]
        .map(({ html, captionHtml }) => /start=gift_([0-9A-Z]{16})/.exec(captionHtml ?? html ?? '')?.[1])
        .find((code) => code !== undefined),
    timeoutMs,
  );
}

/** The code, and where they want it: a key of their own, or, when they have one, more days for that. */
export interface GiftClaim {
  readonly code: string;
  readonly location: LocationCode;
}

/** The button that claims it, by which the shop has answered its link; no other means what this person wants. */
const claims = (button: Button, { code, location }: GiftClaim): boolean =>
  isFor(button, 'gift-at', code, location) || isFor(button, 'gift-to', code);

/** Opens the link of a gift. @returns the button that claims it, unless they can't have it */
export async function openGift(receiver: Buyer, claim: GiftClaim): Promise<Button | 'refused' | undefined> {
  const answer = await receiver.say(
    `/start gift_${claim.code}`,
    (button) => claims(button, claim) || isFor(button, 'enter-voucher') || isFor(button, 'subscriptions'),
  );
  if (answer === undefined || claims(answer, claim)) return answer;
  return isFor(answer, 'enter-voucher') && !isVoucherPromised(receiver.chat) ? 'refused' : undefined;
}

/** Three times, as impatient people do. */
export function pressThrice(buyer: Buyer, button: Button): void {
  for (let press = 0; press < 3; press += 1) void buyer.press(button);
}

/**
 * Claims a gift by its link, pressing again what gets no answer.
 * @param onAsked called before the first press
 * @returns what they read at last
 */
export async function claimGift(
  receiver: Buyer,
  claim: GiftClaim,
  onAsked: () => void,
  timeoutMs: number,
): Promise<'theirs' | 'refused' | 'unknown'> {
  const end = performance.now() + timeoutMs;
  const isTheirs = () => (isVoucherPromised(receiver.chat) ? true : undefined);
  while (performance.now() < end && !receiver.isStopped) {
    const button = await openGift(receiver, claim);
    if (button === 'refused') return 'refused';
    if (button) {
      onAsked();
      pressThrice(receiver, button);
    }
    if (await receiver.chat.until(isTheirs, Math.min(LOOK_MS, end - performance.now()))) return 'theirs';
  }
  return 'unknown';
}

/** Goes as far as the question whether the gift is to be cancelled. @returns the button that says yes */
export async function askToCancel(giver: Buyer, { paymentId }: Pick<Order, 'paymentId'>): Promise<Button | undefined> {
  const isOne = (button: Button) => isFor(button, 'sent-gift', paymentId);
  for (let attempt = 0; attempt < TRIES && !giver.isStopped; attempt += 1) {
    if (!giver.chat.buttons().some(isOne) && !(await findGift(giver, isOne))) continue;
    const opened = await giver.tap(isOne, (button) => isFor(button, 'cancel-gift', paymentId));
    const asked =
      opened &&
      (await giver.tap(
        (button) => isFor(button, 'cancel-gift', paymentId),
        (button) => isFor(button, 'cancel-gift-sure', paymentId),
      ));
    if (asked) return asked;
  }
  return undefined;
}

/** By the menu, when the message with its link is not there yet. */
async function findGift(giver: Buyer, isOne: (button: Button) => boolean): Promise<Button | undefined> {
  if (!(await giver.say('/menu', (button) => isFor(button, 'give')))) return undefined;
  const gifts = await giver.tap(
    (button) => isFor(button, 'give'),
    (button) => isFor(button, 'gifts'),
  );
  return gifts && giver.tap((button) => isFor(button, 'gifts'), isOne);
}

/** Presses yes, and waits until the shop says that it is cancelled. @returns whether it has said so */
export async function cancelGift(giver: Buyer, yes: Button): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES && !giver.isStopped; attempt += 1) {
    pressThrice(giver, yes);
    if (await giver.chat.until(() => (isGiftCancelled(giver.chat) ? true : undefined), LOOK_MS)) return true;
  }
  return false;
}

const says = (chat: Chat, words: RegExp): boolean =>
  [...chat.messages.values()].some(({ text = '' }) => words.test(text));

/** Whether the giver has read that its money goes back. They have bought nothing else. */
const isGiftCancelled = (chat: Chat): boolean =>
  says(chat, /Giving .+ back|₽[\d,.]+ returned|Cancelled, its money goes back/);

/** Whether the giver has read that nobody has claimed it in time. */
export const isGiftReturned = (chat: Chat): boolean => says(chat, /Your gift is your own now|so it is your own/);
