import { createTelegramUser, type MessageView, type TelegramUser } from '../../simulators/telegram/driver';
import { waitUntil } from './wait';

/** A person who buys through the chat, tapping what they read (English texts). */
export interface Buyer extends TelegramUser {
  /** Taps through /buy up to the link. @returns YooKassa's id of the payment behind it */
  order(choice?: { location?: string; plan?: string }): Promise<string>;
  /** Taps a button whose text contains `label`, on the newest message that has one. */
  tap(label: string): Promise<void>;
  /** Waits until they read a button whose text contains `label`. */
  waitForButton(label: string): Promise<void>;
  /** The keys they were sent so far. */
  keys(): Promise<string[]>;
}

const buttonsOf = ({ replyMarkup }: MessageView) =>
  replyMarkup && 'inline_keyboard' in replyMarkup ? replyMarkup.inline_keyboard.flat() : [];

export function createBuyer(telegramUrl: string, id: number): Buyer {
  const user = createTelegramUser(telegramUrl, id, { languageCode: 'en', firstName: `Buyer ${id}` });

  const find = (label: string, after = 0) =>
    waitUntil(
      async () => {
        const { messages } = await user.chat();
        for (const message of messages.toReversed()) {
          const button =
            message.messageId > after ? buttonsOf(message).find(({ text }) => text.includes(label)) : undefined;
          if (button) return { message, button };
        }
        return undefined;
      },
      // Longer than a killed bot's reservation of an update and its leadership together.
      { what: `a button "${label}" for buyer ${id}` },
    );

  const tap = async (label: string, after?: number): Promise<void> => {
    const { message, button } = (await find(label, after))!;
    await user.click({ messageId: message.messageId, text: button.text });
  };

  return {
    ...user,
    tap,
    waitForButton: async (label) => void (await find(label)),
    async order({ location = 'Netherlands', plan = 'A month' } = {}) {
      // On the new screen only: an older order's may still show the same buttons.
      const before = (await user.lastMessage())?.messageId;
      await user.send('/buy');
      for (const label of [location, 'Choose for me', plan, '✅ Pay']) await tap(label, before);
      const { button } = (await find('💳 Pay', before))!;
      if (!('url' in button)) throw new Error('the pay button has no link');
      return new URL(button.url).searchParams.get('orderId')!;
    },
    async keys() {
      const { messages } = await user.chat();
      return messages.flatMap(
        (message) => /<code>(https?:[^<]+)<\/code>/.exec(message.captionHtml ?? message.html ?? '')?.[1] ?? [],
      );
    },
  };
}

/** The buyer pays on YooKassa's page. @param card the test shop's card that always succeeds, unless told */
export async function payAt(yookassaUrl: string, providerRef: string, card = '5555555555554444'): Promise<void> {
  const answer = await fetch(`${yookassaUrl}/_sim/payments/${providerRef}/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ card }),
  });
  if (!answer.ok) throw new Error(`the checkout answered ${answer.status}`);
}

/** Sets a stand-in's fault switches. */
export async function setFaults(standInUrl: string, faults: Record<string, unknown>): Promise<void> {
  const answer = await fetch(`${standInUrl}/_sim/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(faults),
  });
  if (!answer.ok) throw new Error(`${standInUrl} did not take the faults: ${answer.status}`);
}
