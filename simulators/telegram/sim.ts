import type { Chat as WireChat, Message, User, UserFromGetMe } from '@grammyjs/types';
import { randomBytes } from 'node:crypto';
import { VirtualClock } from '../clock';
import { ChatEvents } from './events';
import { badRequest, forbidden } from './failure';
import { FaultSwitches } from './faults';
import type { UploadedFile } from './params';
import { emptyState, StateFile, type Chat, type Person, type State, type StoredMessage } from './state';
import { UpdateQueue } from './updates';
import { viewMessage } from './views';
import { WebhookSender } from './webhook';

export interface SimOptions {
  readonly statePath?: string | undefined;
  readonly botUsername: string;
  readonly webhookRetryMs: number;
  /** Carries out a call that came as the body of a webhook answer. */
  readonly reply: (body: Record<string, unknown>) => void;
}

/**
 * Grows by ten a second, so that after a reset the update ids are above those that a running bot has seen.
 */
const firstUpdateId = () => 100_000_000 + (Math.floor(Date.now() / 100) % 1_000_000_000);

/** One bot and everybody it talks to. */
export class TelegramSim {
  state: State;
  readonly events = new ChatEvents();
  readonly faults = new FaultSwitches();
  /** Telegram's time; a test may move it. The pauses of webhook retries are in real time. */
  readonly clock = new VirtualClock();
  readonly queue: UpdateQueue;
  readonly webhooks: WebhookSender;
  readonly file: StateFile;
  botId = 7_000_000_001;

  constructor(readonly options: SimOptions) {
    // A state file of an older version lacks newer fields.
    this.state = { ...emptyState(firstUpdateId()), ...StateFile.load(options.statePath) };
    this.clock.setOffset(this.state.offsetMs);
    this.file = new StateFile(options.statePath, () => this.state);
    this.queue = new UpdateQueue(() => this.state, {
      changed: () => this.changed(),
      pushed: () => this.webhooks.pump(),
      duplicates: () => this.faults.current.duplicateUpdates === true,
      now: () => this.clock.now(),
    });
    this.webhooks = new WebhookSender(
      {
        webhook: () => this.state.webhook,
        queue: this.queue,
        isDown: () => this.faults.current.down === true,
        duplicates: () => this.faults.current.duplicateUpdates === true,
        changed: () => this.changed(),
        reply: options.reply,
      },
      options.webhookRetryMs,
    );
  }

  get bot(): User & { is_bot: true; username: string } {
    return { id: this.botId, is_bot: true, first_name: 'GigaBridge', username: this.options.botUsername };
  }

  get me(): UserFromGetMe {
    return {
      ...this.bot,
      can_join_groups: false,
      can_read_all_group_messages: false,
      supports_inline_queries: false,
      can_connect_to_business: false,
      has_main_web_app: false,
      has_topics_enabled: false,
      allows_users_to_create_topics: false,
      can_manage_bots: false,
      supports_join_request_queries: false,
    };
  }

  /** Unix time, as messages carry it. */
  nowSeconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  changed(): void {
    this.file.touch();
  }

  reset(): void {
    this.state = emptyState(this.state.nextUpdateId + 100);
    this.faults.reset();
    this.clock.clear();
    this.clock.setOffset(0);
    this.changed();
    this.events.report({ kind: 'reset', userId: 0 });
  }

  close(): void {
    this.clock.clear();
    this.queue.release();
    this.webhooks.stop();
    this.file.flush();
  }

  /** The chat a method speaks of, as the bot may see it. @throws ApiFailure 400 before Start */
  chatForBot(chatId: string): Chat {
    if (chatId === '') throw badRequest('chat_id is empty');
    const chat = this.state.chats[chatId];
    if (!chat?.started) throw badRequest('chat not found');
    return chat;
  }

  /** As above, for methods that put something before the person. @throws ApiFailure 403 where the person has left */
  writableChat(chatId: string): Chat {
    const chat = this.chatForBot(chatId);
    if (chat.deactivated) throw forbidden('user is deactivated');
    if (chat.blocked) throw forbidden('bot was blocked by the user');
    return chat;
  }

  wireChat(person: Person): WireChat.PrivateChat {
    return {
      id: person.id,
      type: 'private',
      first_name: person.first_name,
      ...(person.username === undefined ? {} : { username: person.username }),
    };
  }

  wireUser(person: Person): User {
    return { is_bot: false, ...person };
  }

  find(chat: Chat, messageId: number): StoredMessage | undefined {
    return chat.messages.find((m) => m.message.message_id === messageId && !m.deleted);
  }

  /** Puts a message into the chat under the next id and tells everybody who watches. */
  post(
    chat: Chat,
    from: 'bot' | 'user',
    content: Partial<Message>,
    extra: Pick<StoredMessage, 'keyboard' | 'file' | 'silent'> = {},
  ): StoredMessage {
    const stored: StoredMessage = {
      from,
      seq: this.state.nextSeq++,
      message: {
        message_id: ++chat.lastMessageId,
        from: from === 'bot' ? this.bot : this.wireUser(chat.person),
        chat: this.wireChat(chat.person),
        date: this.nowSeconds(),
        ...content,
      } as Message,
      ...extra,
    };
    chat.messages.push(stored);
    this.changed();
    this.events.report({ kind: 'message', userId: chat.person.id, message: viewMessage(stored) });
    return stored;
  }

  /** Marks a message as changed and tells everybody who watches. */
  edited(chat: Chat, stored: StoredMessage): void {
    stored.seq = this.state.nextSeq++;
    this.changed();
    this.events.report({ kind: 'edit', userId: chat.person.id, message: viewMessage(stored) });
  }

  remove(chat: Chat, stored: StoredMessage): void {
    stored.deleted = true;
    this.changed();
    this.events.report({ kind: 'delete', userId: chat.person.id, messageId: stored.message.message_id });
  }

  /** Keeps an upload; the key names it in `/_sim/files/` and as file_unique_id. */
  keepFile(upload: UploadedFile, folder: 'photos' | 'documents'): string {
    const key = `f${this.state.nextFile++}${randomBytes(4).toString('hex')}`;
    const extension = /\.[a-z0-9]{1,5}$/i.exec(upload.name)?.[0] ?? (folder === 'photos' ? '.png' : '');
    this.state.files[key] = {
      fileId: `Ag${randomBytes(24).toString('base64url')}`,
      path: `${folder}/file_${key}${extension}`,
      name: upload.name,
      mimeType: upload.mimeType || 'application/octet-stream',
      base64: upload.bytes.toString('base64'),
    };
    return key;
  }
}
