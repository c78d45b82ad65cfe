import type { CallbackQuery, ChatMemberUpdated, InlineKeyboardButton } from '@grammyjs/types';
import { randomInt } from 'node:crypto';
import { findEntities } from './entities';
import { ControlFailure } from './failure';
import { trim } from './html';
import { MAX_TEXT, textFields } from './methods/content';
import type { TelegramSim } from './sim';
import type { Chat, StoredMessage } from './state';

export interface StartOptions {
  readonly firstName?: string;
  readonly languageCode?: string;
  readonly username?: string;
  /** Deep-link payload: the message becomes `/start payload`. */
  readonly payload?: string;
}

export interface Click {
  readonly messageId?: number;
  /** Callback data. Any data may be sent to any message: a modified client can do that too. */
  readonly data?: string;
  /** The words on the button; the newest message that has it is taken where no messageId is given. */
  readonly text?: string;
}

/** By kind of button: a query to the bot, an address to open, a text copied, a message sent from a reply keyboard. */
export type ClickResult =
  | { readonly callbackQueryId: string }
  | { readonly url: string }
  | { readonly copied: string }
  | { readonly messageId: number };

/** What a person does; each becomes the updates that Telegram would send. */
export class People {
  constructor(private readonly sim: TelegramSim) {}

  /** @throws ControlFailure 404 */
  chat(id: string): Chat {
    const chat = this.sim.state.chats[id];
    if (!chat) throw new ControlFailure(404, `user ${id} does not exist: POST /_sim/users/${id}/start first`);
    return chat;
  }

  /** Presses Start: makes the person known, or comes back after a block. */
  start(id: string, options: StartOptions): { messageId: number } {
    const userId = Number(id);
    if (!Number.isSafeInteger(userId) || userId <= 0) throw new ControlFailure(400, 'a user id is a positive integer');
    const { firstName, languageCode, username, payload } = options;
    const known = this.sim.state.chats[id];
    const person = {
      id: userId,
      first_name: firstName ?? known?.person.first_name ?? `User ${id}`,
      ...((languageCode ?? known?.person.language_code) === undefined
        ? {}
        : { language_code: languageCode ?? known?.person.language_code }),
      ...((username ?? known?.person.username) === undefined ? {} : { username: username ?? known?.person.username }),
    } as Chat['person'];
    const chat: Chat = known
      ? Object.assign(known, { person })
      : {
          person,
          started: false,
          blocked: false,
          deactivated: false,
          lastMessageId: 0,
          messages: [],
          callbackAnswers: [],
        };
    this.sim.state.chats[id] = chat;
    chat.started = true;
    if (chat.blocked) this.setBlocked(id, false);
    return this.send(id, payload ? `/start ${payload}` : '/start');
  }

  send(id: string, text: string): { messageId: number } {
    const chat = this.writable(id);
    const formatted = findEntities(trim(text, []));
    if (formatted.text === '' || formatted.text.length > MAX_TEXT)
      throw new ControlFailure(400, `a message has 1 to ${MAX_TEXT} characters`);
    const { message } = this.sim.post(chat, 'user', textFields(formatted));
    this.sim.queue.push({ message: message as never });
    return { messageId: message.message_id };
  }

  click(id: string, click: Click): ClickResult {
    const chat = this.writable(id);
    if (click.data === undefined && click.text === undefined)
      throw new ControlFailure(400, 'name the button by text or data');
    const { stored, button } = this.find(chat, click);
    if (button && 'url' in button) return { url: button.url };
    if (button && 'copy_text' in button) return { copied: button.copy_text.text };
    const data = click.data ?? (button && 'callback_data' in button ? button.callback_data : undefined);
    if (data === undefined) {
      const inKeyboard = click.text !== undefined && this.replyKeyboardHas(chat, click.text);
      if (inKeyboard && click.text !== undefined) return this.send(id, click.text);
      throw new ControlFailure(404, `no button "${click.text}" that can be pressed in the chat`);
    }
    return { callbackQueryId: this.press(chat, stored, data, click.messageId) };
  }

  /** A picture of the person's own, as a phone sends it. */
  photo(id: string, { base64 = '', caption = '' }: { base64?: string; caption?: string }): { messageId: number } {
    const chat = this.writable(id);
    const key = this.sim.keepFile(
      { name: 'photo.png', mimeType: 'image/png', bytes: Buffer.from(base64, 'base64') },
      'photos',
    );
    const { fileId } = this.sim.state.files[key]!;
    const photo = [{ file_id: fileId, file_unique_id: key, width: 90, height: 90 }];
    const { message } = this.sim.post(chat, 'user', { photo, ...(caption === '' ? {} : { caption }) }, { file: key });
    this.sim.queue.push({ message: message as never });
    return { messageId: message.message_id };
  }

  /** Shares the person's own phone number. */
  contact(id: string, { phoneNumber = '' }: { phoneNumber?: string }): { messageId: number } {
    const chat = this.writable(id);
    if (phoneNumber === '') throw new ControlFailure(400, 'tell the phoneNumber');
    const contact = { phone_number: phoneNumber, first_name: chat.person.first_name, user_id: chat.person.id };
    const { message } = this.sim.post(chat, 'user', { contact });
    this.sim.queue.push({ message: message as never });
    return { messageId: message.message_id };
  }

  setBlocked(id: string, blocked: boolean): void {
    const chat = this.chat(id);
    if (chat.blocked === blocked) return;
    chat.blocked = blocked;
    this.sim.changed();
    this.sim.events.report({ kind: 'user', userId: chat.person.id, blocked });
    const user = this.sim.me;
    const member = { status: 'member', user } as const;
    const kicked = { status: 'kicked', user, until_date: 0 } as const;
    const change: ChatMemberUpdated = {
      chat: this.sim.wireChat(chat.person),
      from: this.sim.wireUser(chat.person),
      date: this.sim.nowSeconds(),
      old_chat_member: blocked ? member : kicked,
      new_chat_member: blocked ? kicked : member,
    };
    this.sim.queue.push({ my_chat_member: change });
  }

  deactivate(id: string): void {
    this.chat(id).deactivated = true;
    this.sim.changed();
  }

  /** The chat of a person who is still there. @throws ControlFailure 409 */
  writable(id: string): Chat {
    const chat = this.chat(id);
    if (chat.blocked || chat.deactivated) throw new ControlFailure(409, 'this person has left; unblock or start first');
    return chat;
  }

  private find(
    chat: Chat,
    { messageId, text, data }: Click,
  ): { stored: StoredMessage | undefined; button: InlineKeyboardButton | undefined } {
    const candidates = chat.messages
      .filter((m) => !m.deleted && (messageId === undefined || m.message.message_id === messageId))
      .toReversed();
    for (const stored of candidates) {
      const button = stored.message.reply_markup?.inline_keyboard
        .flat()
        .find((b) => (text === undefined ? 'callback_data' in b && b.callback_data === data : b.text === text));
      if (button) return { stored, button };
    }
    // Callback data without a button is sent for the newest message of the bot.
    return { stored: candidates.find((m) => m.from === 'bot'), button: undefined };
  }

  private replyKeyboardHas(chat: Chat, text: string): boolean {
    const markup = chat.messages.findLast((m) => !m.deleted && m.keyboard !== undefined)?.keyboard;
    return (
      markup !== undefined &&
      'keyboard' in markup &&
      markup.keyboard.flat().some((b) => (typeof b === 'string' ? b : b.text) === text)
    );
  }

  private press(chat: Chat, stored: StoredMessage | undefined, data: string, messageId: number | undefined): string {
    const deletedId = stored ? undefined : messageId;
    if (!stored && (deletedId === undefined || deletedId > chat.lastMessageId))
      throw new ControlFailure(404, 'no such message in the chat');
    const id = `${chat.person.id}${randomInt(1e9, 1e10)}`;
    const query: CallbackQuery = {
      id,
      from: this.sim.wireUser(chat.person),
      // A deleted message arrives without content and with date 0.
      message: stored?.message ?? { chat: this.sim.wireChat(chat.person), message_id: deletedId ?? 0, date: 0 },
      chat_instance: `-${chat.person.id}0042`,
      data,
    };
    this.sim.state.callbackQueries[id] = { userId: chat.person.id, at: this.sim.clock.now() };
    this.sim.changed();
    this.sim.queue.push({ callback_query: query });
    return id;
  }
}
