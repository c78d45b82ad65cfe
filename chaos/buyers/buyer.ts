/**
 * A simulated buyer of the chaos runs. Buyers know only their chat and YooKassa's page; what gets no answer they press
 * again, and after a pause that gets longer each time they begin anew.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createTelegramUser, type TelegramUser } from '../../simulators/telegram/driver';
import { LOCATIONS, PLANS, type LocationCode, type PlanCode } from '../environment/catalogue';
import type { Button, Chat, Chats } from './chats';

export interface Order {
  /** The shop's payment id, from the callback data of the button. */
  readonly paymentId: string;
  readonly providerRef: string;
  readonly url: string;
  /** Number of keys in the chat when the order was made. */
  readonly keysBefore: number;
  /** What was confirmed, and what the screen with the link says: place, plan and price. */
  readonly confirmed: string;
  readonly shown: string;
}

export type PurchaseChoice =
  | { readonly location: LocationCode; readonly plan: PlanCode }
  | { readonly renew: string; readonly plan: PlanCode }
  | { readonly isGift: true; readonly plan: PlanCode };

export type OrderEnd = 'issued' | 'refunded' | 'ended' | 'unknown';

/** What a buyer chooses while the panel is away. */
export type DelayChoice = 'wait' | 'other-server' | 'delay-refund';

/** The shop allows ten messages a minute; buyers send fewer, so that they are not limited. */
const TEXT_EVERY_MS = 7_000;
/**
 * A buyer presses the button again when no answer has come after this time. With every attempt that failed they wait
 * twice as long, up to `MOST_ANSWER_FACTOR` times: otherwise, once the bot is some seconds behind, all of its queue
 * would be presses that the buyers have already repeated, and the queue would never get shorter.
 */
const ANSWER_MS = 6_000;
const MOST_ANSWER_FACTOR = 5;
const ATTEMPTS = 10;
/** Pause before a buyer starts over; doubled each time, up to `LONGEST_PAUSE_MS`. */
const PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

export class Buyer {
  readonly chat: Chat;
  readonly #user: TelegramUser;
  #lastTextAt = -Infinity;
  /** How many times `ANSWER_MS` they wait for an answer in this attempt. */
  #answerFactor = 1;

  constructor(
    readonly id: number,
    private readonly at: {
      readonly telegramUrl: string;
      readonly chats: Chats;
      readonly stopped: AbortSignal;
      readonly onConfirming?: (paymentId: string) => void;
    },
  ) {
    this.chat = at.chats.of(id);
    this.#user = createTelegramUser(at.telegramUrl, id, { languageCode: 'en', firstName: `Buyer ${id}` });
  }

  /** The run is over. */
  get isStopped(): boolean {
    return this.at.stopped.aborted;
  }

  /** @param payload of the link by which they come */
  async start(payload?: string): Promise<void> {
    await this.#user.start(payload);
    this.#lastTextAt = performance.now();
  }

  /**
   * Comes by the link of a promo code; language and terms are shown first. Whether the code is taken they read later.
   */
  async enterCode(code: string): Promise<void> {
    for (let attempt = 0; attempt < 3 && !this.at.stopped.aborted; attempt += 1) {
      const asked = await this.say(`/start promo_${code}`, (button) => isPromoAnswer(button));
      if (!asked) continue;
      if (!isFor(asked, 'promo-begin')) return;
      const answer = await this.tap(
        (button) => isFor(button, 'promo-begin'),
        (button) => isPromoAnswer(button) && !isFor(button, 'promo-begin'),
      );
      if (answer) return;
    }
  }

  block(): Promise<void> {
    return this.#user.block();
  }

  /** From the command to the link. @returns nothing when the shop did not get them there in all their attempts */
  async order(choice: PurchaseChoice, known: ReadonlySet<string> = new Set()): Promise<Order | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS && !this.at.stopped.aborted; attempt += 1) {
      this.#answerFactor = Math.min(MOST_ANSWER_FACTOR, 2 ** attempt);
      const order = await this.#tryOrder(choice, known);
      this.#answerFactor = 1;
      if (order) return order;
      await this.rest(Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** attempt));
    }
    return undefined;
  }

  async #tryOrder(choice: PurchaseChoice, known: ReadonlySet<string>): Promise<Order | undefined> {
    if ('renew' in choice) {
      if (!(await this.say('/subscriptions', (button) => isFor(button, 'subscription', choice.renew))))
        return undefined;
      if (
        !(await this.tap(
          (button) => isFor(button, 'subscription', choice.renew),
          (button) => isFor(button, 'renew', choice.renew),
        ))
      )
        return undefined;
      if (
        !(await this.tap(
          (button) => isFor(button, 'renew', choice.renew),
          (button) => isFor(button, 'plan', choice.plan),
        ))
      )
        return undefined;
    } else if ('isGift' in choice) {
      if (!(await this.say('/menu', (button) => isFor(button, 'give')))) return undefined;
      if (
        !(await this.tap(
          (button) => isFor(button, 'give'),
          (button) => isFor(button, 'plan', choice.plan),
        ))
      )
        return undefined;
    } else {
      if (!(await this.say('/buy', (button) => isFor(button, 'servers', choice.location)))) return undefined;
      if (
        !(await this.tap(
          (button) => isFor(button, 'servers', choice.location),
          (button) => isFor(button, 'server', '*'),
        ))
      )
        return undefined;
      if (
        !(await this.tap(
          (button) => isFor(button, 'server', '*'),
          (button) => isFor(button, 'plan', choice.plan),
        ))
      )
        return undefined;
    }
    const confirm = await this.tap(
      (button) => isFor(button, 'plan', choice.plan),
      (button) => isFor(button, 'pay'),
    );
    if (!confirm) return undefined;
    const paymentId = confirm.data!.split(':')[2]!;
    const confirmed = termsOf(this.chat.messages.get(confirm.messageId)?.text);
    this.at.onConfirming?.(paymentId);
    const answer = await this.tap(
      (button) => isFor(button, 'pay', paymentId),
      (button) => isLink(button, known) || isFor(button, 'pay-instead', paymentId),
      3,
      12_000,
    );
    // The shop shows another open order of theirs: they choose the one that they have just confirmed.
    const link =
      answer && isFor(answer, 'pay-instead')
        ? await this.tap(
            (button) => isFor(button, 'pay-instead', paymentId),
            (button) => isLink(button, known),
            3,
            12_000,
          )
        : answer;
    if (!link) return undefined;
    // An earlier attempt may have made the order although its answer was lost; then that order is shown.
    const shown =
      this.chat
        .buttons()
        .find((button) => button.messageId === link.messageId && isFor(button, 'check'))
        ?.data?.split(':')[2] ?? paymentId;
    if (shown !== paymentId) this.at.onConfirming?.(shown);
    return {
      paymentId: shown,
      url: link.url!,
      providerRef: new URL(link.url!).searchParams.get('orderId')!,
      keysBefore: this.chat.keys().length,
      confirmed,
      shown: termsOf(this.chat.messages.get(link.messageId)?.text),
    };
  }

  /**
   * Takes a trial, and waits until its key is there.
   * @param onAsked called before the first press
   */
  async trial(location: LocationCode, onAsked: () => void, timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    const isThere = () => (this.chat.keys().length > 0 ? true : undefined);
    for (let attempt = 0; performance.now() < end && !this.at.stopped.aborted; attempt += 1) {
      this.#answerFactor = Math.min(MOST_ANSWER_FACTOR, 2 ** attempt);
      const menu = await this.say('/menu', (button) => isFor(button, 'trial') || isFor(button, 'buy'));
      // They have one already, or this shop gives none.
      const isOffered = menu !== undefined && isFor(menu, 'trial');
      const place =
        isOffered &&
        (await this.tap(
          (button) => isFor(button, 'trial'),
          (button) => isFor(button, 'take-trial', location),
        ));
      this.#answerFactor = 1;
      if (place) {
        onAsked();
        for (let press = 0; press < 3; press += 1) void this.press(place);
      }
      const isDecided = menu !== undefined && !isOffered;
      if (await this.chat.until(isThere, Math.min(isDecided ? timeoutMs : 10_000, end - performance.now()))) return;
      if (isDecided) return;
    }
  }

  /**
   * Claims a voucher at a place, and waits until its key is there, or somebody else has it.
   * @param onAsked called before the first press
   */
  async claimVoucher(
    { code, location }: { readonly code: string; readonly location: LocationCode },
    onAsked: () => void,
    timeoutMs: number,
  ): Promise<void> {
    const end = performance.now() + timeoutMs;
    const isThere = () => (this.chat.keys().length > 0 ? true : undefined);
    let hasAsked = false;
    for (let attempt = 0; performance.now() < end && !this.at.stopped.aborted; attempt += 1) {
      this.#answerFactor = Math.min(MOST_ANSWER_FACTOR, 2 ** attempt);
      const isPlace = (button: Button) => isFor(button, 'gift-at', code, location);
      const answer = await this.say(
        `/start gift_${code}`,
        (button) => isPlace(button) || isFor(button, 'enter-voucher') || isFor(button, 'subscriptions'),
      );
      if (answer && isPlace(answer)) {
        if (!hasAsked) onAsked();
        hasAsked = true;
        for (let press = 0; press < 3; press += 1) void this.press(answer);
      }
      if (await this.chat.until(isThere, Math.min(10_000, end - performance.now()))) return;
      // Somebody else was first.
      if (answer && isFor(answer, 'enter-voucher') && !isVoucherPromised(this.chat)) return;
    }
  }

  /** What their link for friends gives to /start. */
  async link(): Promise<string | undefined> {
    for (let attempt = 0; attempt < 5 && !this.at.stopped.aborted; attempt += 1) {
      if (!(await this.say('/menu', (button) => isFor(button, 'invite')))) continue;
      await this.tap(
        (button) => isFor(button, 'invite'),
        (button) => button.url?.includes('t.me/share') === true,
      );
      const texts = [...this.chat.messages.values()].map(({ text = '' }) => text);
      const link = texts.map((text) => /start=(ref_[0-9A-Z]{8})/.exec(text)?.[1]).find((one) => one !== undefined);
      if (link !== undefined) return link;
    }
    return undefined;
  }

  /** Asks for the money of the newest subscription, as the shop lets buyers do. */
  async askBack(): Promise<void> {
    for (let attempt = 0; attempt < 5 && !this.at.stopped.aborted; attempt += 1) {
      const own = await this.say('/subscriptions', (button) => isFor(button, 'subscription'));
      if (!own) continue;
      const path = ['subscription', 'refund', 'refund-sure', 'buy'];
      let at = 0;
      while (at < path.length - 1) {
        const [from, to] = [path[at]!, path[at + 1]!];
        if (
          !(await this.tap(
            (button) => isFor(button, from),
            (button) => isFor(button, to),
          ))
        )
          break;
        at += 1;
      }
      if (at === path.length - 1) return;
    }
  }

  /** Presses "cancel" and confirms it. */
  async cancel({ paymentId }: Order): Promise<boolean> {
    if (
      !(await this.tap(
        (button) => isFor(button, 'cancel', paymentId),
        (button) => isFor(button, 'cancel-sure', paymentId),
      ))
    )
      return false;
    return (
      (await this.tap(
        (button) => isFor(button, 'cancel-sure', paymentId),
        (button) => isFor(button, 'again', paymentId),
      )) !== undefined
    );
  }

  /**
   * Fills in YooKassa's form. What gets no answer is sent again: the page itself refuses a second payment.
   * @returns whether it was sent
   */
  async pay({ url }: Pick<Order, 'url'>, card = '5555555555554444', { twice = false } = {}): Promise<boolean> {
    const submit = () =>
      fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ card }),
      });
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      try {
        const [answer] = await Promise.all([submit(), ...(twice ? [submit()] : [])]);
        await answer?.arrayBuffer();
        if (answer && answer.status < 500) return true;
      } catch {
        // YooKassa is away; tried again.
      }
      await pause(1_000);
    }
    return false;
  }

  /** "I have paid", whether they have or not. */
  async claim({ paymentId }: Order): Promise<void> {
    const button = this.chat.buttons().find((one) => isFor(one, 'check', paymentId));
    if (button) await this.press(button);
  }

  /** Presses a button as often as an impatient person does, without waiting for an answer. */
  async hammer({ paymentId }: Pick<Order, 'paymentId'>, verb: 'check' | 'show', times: number): Promise<void> {
    const button = this.chat.buttons().find((one) => isFor(one, verb, paymentId));
    if (button) await Promise.all(Array.from({ length: times }, () => this.press(button)));
  }

  /** Waits for the end of an order, and chooses when asked to. */
  async outcome({ paymentId, keysBefore }: Order, choice: DelayChoice, timeoutMs: number): Promise<OrderEnd> {
    const end = performance.now() + timeoutMs;
    while (performance.now() < end && !this.at.stopped.aborted) {
      const seen = await this.chat.until(
        () => {
          const buttons = this.chat.buttons();
          if (this.chat.keys().length > keysBefore) return 'issued' as const;
          if (buttons.some((button) => isFor(button, 'delay-refund-sure', paymentId))) return 'sure' as const;
          if (buttons.some((button) => isFor(button, 'delay-refund', paymentId))) return 'delayed' as const;
          if (buttons.some((button) => isFor(button, 'again', paymentId))) return 'ended' as const;
          return undefined;
        },
        Math.min(5_000, end - performance.now()),
      );
      if (seen === 'issued' || seen === 'ended') return seen;
      if (seen === 'sure')
        await this.tap(
          (button) => isFor(button, 'delay-refund-sure', paymentId),
          (button) => isFor(button, 'again', paymentId),
          1,
        );
      if (seen === 'delayed') {
        const wanted = this.chat.buttons().find((button) => isFor(button, choice, paymentId));
        if (wanted && choice !== 'wait') await this.press(wanted);
        await this.chat.until(
          () =>
            this.chat.buttons().some((button) => isFor(button, 'delay-refund-sure', paymentId)) ? true : undefined,
          4_000,
        );
      }
    }
    return 'unknown';
  }

  /** The subscription that the key is for, as the buyer's list of subscriptions names it. */
  async subscription(): Promise<string | undefined> {
    for (let attempt = 0; attempt < 10 && !this.at.stopped.aborted; attempt += 1) {
      const button = await this.say('/subscriptions', (one) => isFor(one, 'subscription'));
      if (button) return button.data!.split(':')[2]!;
    }
    return undefined;
  }

  /** Writes, and waits for a button that answers it. They write no faster than the shop allows. */
  async say(text: string, answered: (button: Button) => boolean): Promise<Button | undefined> {
    const wait = this.#lastTextAt + TEXT_EVERY_MS - performance.now();
    if (wait > 0) await this.rest(wait);
    const since = this.chat.seq;
    this.#lastTextAt = performance.now();
    try {
      await this.#user.send(text);
    } catch {
      return undefined;
    }
    return this.chat.until(
      () => this.chat.buttons().find((button) => button.seq > since && answered(button)),
      (ANSWER_MS + 4_000) * this.#answerFactor,
    );
  }

  /** Presses what `which` finds until `answered` finds something newer. */
  async tap(
    which: (button: Button) => boolean,
    answered: (button: Button) => boolean,
    times = 3,
    answerMs = ANSWER_MS,
  ): Promise<Button | undefined> {
    const since = this.chat.seq;
    for (let attempt = 0; attempt < times; attempt += 1) {
      const button = this.chat.buttons().find(which) ?? this.chat.buttons().find((one) => isFor(one, 'show'));
      if (!button) break;
      await this.press(button);
      const answer = await this.chat.until(
        () => this.chat.buttons().find((one) => one.seq > since && answered(one)),
        answerMs * this.#answerFactor,
      );
      if (answer) return answer;
    }
    return undefined;
  }

  /** Presses once, whatever the answer. */
  async press({ messageId, data }: Button): Promise<void> {
    // The message may have been edited meanwhile, so that the button does not exist any more.
    await this.#user.click({ messageId, data: data! }).catch(() => undefined);
  }

  /** Until the time is over, or the run. */
  rest(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.at.stopped }).catch(() => undefined);
  }
}

/** Whether the shop has said that the trial is theirs. */
export function isTrialPromised(chat: Chat): boolean {
  return [...chat.messages.values()].some(({ text = '' }) => /The trial is yours|Your trial key is ready/.test(text));
}

/** Whether the shop has said that what a voucher gives is theirs. */
export function isVoucherPromised(chat: Chat): boolean {
  return [...chat.messages.values()].some(({ text = '' }) => text.includes('The gift is yours'));
}

/** Place, plan and price of a confirmation or of an order, as the English screens name them. */
function termsOf(text = ''): string {
  const place = LOCATIONS.find(({ code }) => new RegExp(`(^|\\s)${code},`, 'm').test(text))?.code;
  const plan = PLANS.find(({ name }) => text.includes(name.en));
  // With a promo code the price before it stands first, crossed out.
  const price = /₽[\d,]+(?: ₽[\d,]+)?/.exec(text.slice(text.indexOf(plan?.name.en ?? '')))?.[0];
  return [place, plan?.code, price].join(' ');
}

export function isFor({ data }: Button, verb: string, ...first: readonly (string | undefined)[]): boolean {
  const parts = data?.split(':');
  return parts?.[1] === verb && first.every((argument, at) => argument === undefined || parts[at + 2] === argument);
}

/** What a promo code is answered with: terms to be read, what it gives, or why not. */
function isPromoAnswer(button: Button): boolean {
  return ['promo-begin', 'promo-drop', 'promo', 'check'].some((verb) => isFor(button, verb));
}

function isLink({ url }: Button, known: ReadonlySet<string>): boolean {
  const id = url !== undefined && url.includes('/checkout/') ? new URL(url).searchParams.get('orderId') : null;
  return id !== null && !known.has(id);
}
