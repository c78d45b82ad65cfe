import type { Context } from 'grammy';
import type { Logger } from '../config/logger';
import type { Language } from '../domain/language';
import type { Action } from '../messages/callbackData';

/** One update on its way through the bot: who is here and what he asks for. */
export interface Visit {
  /** Finds everything logged about this update; shown to the person when something breaks. */
  readonly incident: string;
  readonly log: Logger;
  readonly userId: number;
  readonly chatId: number;
  /** What the pressed button asks for; `undefined` for messages and for buttons that no version of ours made. */
  readonly action: Action | undefined;
  firstName: string;
  language: Language;
  timeZone: string;
  /** Whether the pressed button has stopped spinning: Telegram takes one answer. */
  answered: boolean;
}

export type BotContext = Context & { visit: Visit };
