/** Every buyer's chat as they see it, fed by one stream of events from the Telegram stand-in. */
import type { MessageView } from '../../simulators/telegram/driver';
import type { ChatEvent } from '../../simulators/telegram/events';

export interface Button {
  readonly messageId: number;
  readonly seq: number;
  readonly label: string;
  /** Callback data, absent on a button that opens an address. */
  readonly data?: string;
  readonly url?: string;
}

export class Chat {
  readonly messages = new Map<number, MessageView>();
  /** Number of changes of the chat so far. */
  seq = 0;
  readonly #waiting = new Set<() => void>();

  take(event: ChatEvent): void {
    if (event.kind === 'message' || event.kind === 'edit') {
      this.messages.set(event.message.messageId, event.message);
      this.seq = Math.max(this.seq, event.message.seq);
    } else if (event.kind === 'delete') this.messages.delete(event.messageId);
    else return;
    for (const look of this.#waiting) look();
  }

  /** Buttons that can be pressed, those of the newest change first. */
  buttons(): Button[] {
    return [...this.messages.values()]
      .filter(({ from }) => from === 'bot')
      .toSorted((a, b) => b.seq - a.seq)
      .flatMap(({ messageId, seq, replyMarkup }) =>
        (replyMarkup && 'inline_keyboard' in replyMarkup ? replyMarkup.inline_keyboard.flat() : []).map((button) => ({
          ...{ messageId, seq, label: button.text },
          ...('callback_data' in button ? { data: button.callback_data } : {}),
          ...('url' in button ? { url: button.url } : {}),
        })),
      );
  }

  /** Subscription links in the chat: one per message that brought a key. */
  keys(): string[] {
    return [...this.messages.values()].flatMap(
      (message) => /<code>(https?:[^<]+)<\/code>/.exec(message.captionHtml ?? message.html ?? '')?.[1] ?? [],
    );
  }

  /** Waits until `look` sees something; `undefined` when the time is up. */
  until<T>(look: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return new Promise((resolve) => {
      const end = (value: T | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(value);
      };
      const check = () => {
        const found = look();
        if (found !== undefined) end(found);
      };
      const timer = setTimeout(() => end(undefined), timeoutMs);
      this.#waiting.add(check);
      check();
    });
  }
}

export class Chats {
  readonly #chats = new Map<number, Chat>();
  readonly #closing = new AbortController();

  constructor(private readonly telegramUrl: string) {}

  of(userId: number): Chat {
    let chat = this.#chats.get(userId);
    if (!chat) this.#chats.set(userId, (chat = new Chat()));
    return chat;
  }

  /** Resolves once events arrive. @throws Error when the stand-in does not answer */
  async open(): Promise<void> {
    const response = await fetch(`${this.telegramUrl}/_sim/events`, { signal: this.#closing.signal });
    if (!response.ok || !response.body) throw new Error(`the Telegram stand-in answered ${response.status}`);
    void this.#read(response.body).catch((error: unknown) => {
      if (!this.#closing.signal.aborted) console.error('the stream of chat events has ended', error);
    });
  }

  close(): void {
    this.#closing.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of body as unknown as AsyncIterable<Uint8Array>) {
      const blocks = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const line = block.split('\n').find((one) => one.startsWith('data: '));
        if (line === undefined) continue;
        const event = JSON.parse(line.slice(6)) as ChatEvent;
        if (event.userId !== 0) this.of(event.userId).take(event);
      }
    }
  }
}
