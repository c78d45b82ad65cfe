import { randomInt } from 'node:crypto';
import type { MiddlewareFn } from 'grammy';
import { DEFAULT_TIME_ZONE } from '../../domain/calendar';
import type { Logger } from '../../config/logger';
import { languageFromCode } from '../../domain/language';
import { decodeAction } from '../../messages/callbackData';
import type { BotContext } from '../context';

/** Without 0, O, 1 and I, because people read these codes aloud. */
const LETTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

function newIncident(): string {
  return Array.from({ length: 6 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

/**
 * Sets `ctx.visit`. Updates without a user, from bots and from groups are dropped here: the shop works in private chats
 * only.
 */
export function visit(logger: Logger): MiddlewareFn<BotContext> {
  return async (ctx, next) => {
    const { from, chat } = ctx;
    if (!from || from.is_bot || !chat || chat.type !== 'private') return;
    const incident = newIncident();
    ctx.visit = {
      incident,
      log: logger.child({ incident, updateId: ctx.update.update_id, telegramUserId: from.id }),
      userId: from.id,
      chatId: chat.id,
      action: decodeAction(ctx.callbackQuery?.data),
      firstName: from.first_name,
      language: languageFromCode(from.language_code),
      timeZone: DEFAULT_TIME_ZONE,
      isBlocked: false,
      answered: false,
    };
    await next();
  };
}
