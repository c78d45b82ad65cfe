import type { BotCommand, MenuButton, Message, Update, User } from '@grammyjs/types';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ReplyMarkup } from './markup';
import type { StarsState } from './stars/state';

export type Person = Pick<User, 'id' | 'first_name' | 'language_code' | 'username'>;

export interface CallbackAnswer {
  readonly text: string;
  readonly showAlert: boolean;
  readonly at: string;
  /** The newest message of the chat when the answer came: its place in the transcript. */
  readonly afterMessageId: number;
}

export interface StoredMessage {
  /** As the bot sees it. */
  message: Message;
  readonly from: 'bot' | 'user';
  /** Number of changes in the whole stand-in so far, so that a caller can wait for changes after one. */
  seq: number;
  deleted?: boolean;
  pinned?: boolean;
  reaction?: string;
  /** Key of the picture or document in `files`. */
  file?: string;
  /** A keyboard of another kind than inline: Telegram doesn't return it in the message. */
  keyboard?: ReplyMarkup;
  silent?: true;
}

export interface Chat {
  readonly person: Person;
  /** False until Start is pressed: to the bot the chat does not exist. */
  started: boolean;
  blocked: boolean;
  deactivated: boolean;
  lastMessageId: number;
  readonly messages: StoredMessage[];
  readonly callbackAnswers: CallbackAnswer[];
}

export interface StoredFile {
  readonly fileId: string;
  readonly path: string;
  readonly name: string;
  readonly mimeType: string;
  readonly base64: string;
}

export interface PendingUpdate {
  readonly update: Update;
  /** Unix ms; unconfirmed updates are forgotten after a day. */
  readonly at: number;
  attempts: number;
  /** Unix ms before which a webhook delivery is not tried again. */
  notBefore: number;
}

export interface Webhook {
  readonly url: string;
  readonly secretToken?: string;
  readonly maxConnections: number;
  lastErrorDate?: number;
  lastErrorMessage?: string;
}

/** A channel, as far as bots can ask who is in it. */
export interface Channel {
  readonly botIsAdmin: boolean;
  /** By user id; whoever is not named was never in it. */
  readonly members: Readonly<Record<string, 'creator' | 'administrator' | 'member' | 'left' | 'kicked'>>;
}

/** Everything the stand-in remembers, as plain JSON. */
export interface State {
  nextUpdateId: number;
  nextSeq: number;
  nextFile: number;
  chats: Record<string, Chat>;
  updates: PendingUpdate[];
  allowedUpdates: string[];
  webhook: Webhook | null;
  /** Unanswered button presses: id → who and where. */
  callbackQueries: Record<string, { userId: number; at: number }>;
  files: Record<string, StoredFile>;
  commands: Record<string, BotCommand[]>;
  descriptions: Record<string, string>;
  menuButtons: Record<string, MenuButton>;
  /** How far the clock is from the machine's. */
  offsetMs: number;
  stars: StarsState;
  /** Channels by `@name` or id (`PUT /_sim/channels/:channel`). */
  channels: Record<string, Channel>;
}

/**
 * @param firstUpdateId larger after each reset, because a bot that goes on polling asks for ids above the last one
 */
export function emptyState(firstUpdateId: number): State {
  return {
    nextUpdateId: firstUpdateId,
    nextSeq: 1,
    nextFile: 1,
    chats: {},
    updates: [],
    allowedUpdates: [],
    webhook: null,
    callbackQueries: {},
    files: {},
    commands: {},
    descriptions: {},
    menuButtons: {},
    offsetMs: 0,
    stars: { invoices: {}, attempts: {}, charges: {}, rows: [], purses: {} },
    channels: {},
  };
}

/** The state file: read once at start, written whole through a rename, at most every 100 ms and at close. */
export class StateFile {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly path: string | undefined,
    private readonly state: () => State,
  ) {}

  static load(path: string | undefined): State | undefined {
    if (path === undefined) return undefined;
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as State;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  touch(): void {
    if (this.path === undefined || this.timer) return;
    this.timer = setTimeout(() => this.flush(), 100);
    this.timer.unref();
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.path === undefined) return;
    writeFileSync(`${this.path}.tmp`, JSON.stringify(this.state()));
    renameSync(`${this.path}.tmp`, this.path);
  }
}
