import type { CallRecord } from './control';
import type { Faults } from './faults';
import type { Click, ClickResult, StartOptions } from './people';
import type { PayOptions } from './stars/payments';
import type { ChatView, MessageView } from './views';

export type { ChatView, MessageView } from './views';
export type { Click, ClickResult } from './people';

export interface WaitOptions {
  /** Only messages newer than this one. */
  readonly sinceMessageId?: number;
  /** Only messages that appeared or changed after this `seq`; catches edits of older messages. */
  readonly sinceSeq?: number;
}

/**
 * A simulated person in the Telegram stand-in, for tests and benches. A method that can't be done rejects with the
 * stand-in's error text.
 */
export interface TelegramUser {
  readonly id: number;
  /** Presses Start (`/start`, or `/start payload`); also the way back after a block. */
  start(payload?: string): Promise<number>;
  /** @returns the id of the message sent */
  send(text: string): Promise<number>;
  /** Presses a button by its words (newest message that has it), or sends any callback data to a message. */
  click(button: string | Click): Promise<ClickResult>;
  /** Sends a picture of their own. @returns the id of the message sent */
  sendPhoto(photo: Uint8Array, caption?: string): Promise<number>;
  /** Shares their phone number. @returns the id of the message sent */
  shareContact(phoneNumber: string): Promise<number>;
  /**
   * Confirms an invoice in Stars, by its message or its link; the Stars move once the bot has said yes.
   *
   * @returns the id of the question to the bot; `GET /_sim/stars/attempts/:id` tells what the payer's app shows
   */
  pay(invoice: PayOptions): Promise<{ readonly preCheckoutQueryId: string }>;
  chat(): Promise<ChatView>;
  /** The chat as golden-file text. */
  transcript(): Promise<string>;
  /**
   * The newest message of the bot with these words; rejects after `timeoutMs` (default 60 000: it only ends what
   * hangs).
   */
  waitFor(text: string, timeoutMs?: number, options?: WaitOptions): Promise<MessageView>;
  lastMessage(): Promise<MessageView | undefined>;
  block(): Promise<void>;
  unblock(): Promise<void>;
  deactivate(): Promise<void>;
}

export interface PersonOptions {
  readonly firstName?: string;
  /** Default `ru`. */
  readonly languageCode?: string;
  readonly username?: string;
}

async function call(url: string, method: 'GET' | 'POST' | 'PUT', body?: unknown): Promise<Response> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) {
    const { error = 'no reason given' } = (await response.json()) as { error?: string };
    throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${error}`);
  }
  return response;
}

/** @param simUrl address of the stand-in, as `start()` returned it */
export function createTelegramUser(simUrl: string, id: number, person: PersonOptions = {}): TelegramUser {
  const base = `${simUrl}/_sim/users/${id}`;
  const post = async <T>(action: string, body: unknown = {}): Promise<T> =>
    (await call(`${base}/${action}`, 'POST', body)).json() as Promise<T>;
  const chat = async () => (await call(`${base}/chat`, 'GET')).json() as Promise<ChatView>;
  return {
    id,
    async start(payload) {
      const options: StartOptions = {
        firstName: `User ${id}`,
        languageCode: 'ru',
        ...person,
        ...(payload === undefined ? {} : { payload }),
      };
      return (await post<{ messageId: number }>('start', options)).messageId;
    },
    async send(text) {
      return (await post<{ messageId: number }>('send', { text })).messageId;
    },
    click: (button) => post('click', typeof button === 'string' ? { text: button } : button),
    async sendPhoto(photo, caption) {
      return (
        await post<{ messageId: number }>('photo', {
          base64: Buffer.from(photo).toString('base64'),
          ...(caption === undefined ? {} : { caption }),
        })
      ).messageId;
    },
    async shareContact(phoneNumber) {
      return (await post<{ messageId: number }>('contact', { phoneNumber })).messageId;
    },
    pay: (invoice) => post('pay', invoice),
    chat,
    transcript: async () => (await call(`${base}/chat.txt`, 'GET')).text(),
    waitFor: (textIncludes, timeoutMs = 60_000, options = {}) => post('wait', { textIncludes, timeoutMs, ...options }),
    lastMessage: async () => (await chat()).messages.findLast((m) => m.from === 'bot'),
    block: () => post('block'),
    unblock: () => post('unblock'),
    deactivate: () => post('deactivate'),
  };
}

/** Sets fault switches (`PUT /_sim/faults`); null switches one off. */
export async function setTelegramFaults(simUrl: string, faults: Faults): Promise<void> {
  await call(`${simUrl}/_sim/faults`, 'PUT', faults);
}

/** The Bot API calls received after `since`, oldest first. */
export async function telegramCalls(simUrl: string, since = 0): Promise<CallRecord[]> {
  return (await call(`${simUrl}/_sim/calls?since=${since}`, 'GET')).json() as Promise<CallRecord[]>;
}
