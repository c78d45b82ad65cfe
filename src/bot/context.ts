import type { Context } from 'grammy';
import type { Logger } from '../config/logger';
import type { Language } from '../domain/language';
import type { Role } from '../domain/staff';
import type { Action } from '../messages/callbackData';

/** What the bot knows of the update it handles: whose it is and what they ask for. */
export interface Visit {
  /** A code that finds all log lines of this update; shown to the user when something fails. */
  readonly incident: string;
  readonly log: Logger;
  readonly userId: number;
  readonly chatId: number;
  /** What the pressed button asks for; `undefined` for messages and for callback data that can't be decoded. */
  readonly action: Action | undefined;
  firstName: string;
  language: Language;
  timeZone: string;
  /** The shop takes no orders from them and gives them nothing more, as far as the cache knows. */
  isBlocked: boolean;
  /** Of whom the desk has let in; it shows them the buttons of this role. */
  role?: Role;
  /** Whether the callback query was answered: Telegram takes one answer. */
  answered: boolean;
}

export type BotContext = Context & { visit: Visit };
