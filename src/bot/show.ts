/**
 * Shows screens in a chat. Refusals of Telegram that are normal outcomes (deleted message, late answer) are handled
 * here.
 */
import type { Api } from 'grammy';
import { classifyTelegramError } from '../gateways/telegram/classify';
import type { Sessions } from '../storage/redis/sessions';
import type { BotContext } from './context';
import { escapeHtml, plain, tame } from '../messages/locales/index';
import { forRole } from '../messages/screens/forRole';
import type { Screen } from '../messages/screens/screen';
import type { AskedMessage } from './useCases/takenByTemporal';

/** Telegram's limit for the text of a callback answer, in characters (Bot API reference, answerCallbackQuery). */
const MAX_TOAST = 200;

/**
 * Answers the callback query, with a short text or none. Telegram takes only the first answer.
 * @param options.alert the text must be read: when the query was answered before or is too old, the text is sent as a
 *   message
 */
export async function answer(
  ctx: BotContext,
  text?: string,
  { alert = false }: { alert?: boolean } = {},
): Promise<void> {
  if (!ctx.callbackQuery) return;
  if (ctx.visit.answered && text === undefined) return;
  const wasShown = !ctx.visit.answered && (await answerQuery(ctx, text, alert));
  if (!wasShown && text !== undefined && alert) await send(ctx, { text: escapeHtml(text) });
}

/** Answers a button whose thing is no longer there, or no longer as the button says. */
export const answerOutdated = (ctx: BotContext): Promise<void> =>
  answer(ctx, plain(ctx.visit.language, 'alert-outdated'), { alert: true });

/** @returns `false`: the button was pressed too long ago */
async function answerQuery(ctx: BotContext, text: string | undefined, alert: boolean): Promise<boolean> {
  ctx.visit.answered = true;
  try {
    await ctx.answerCallbackQuery(text === undefined ? {} : { text: tame(text, MAX_TOAST), show_alert: alert });
    return true;
  } catch (error) {
    const { kind } = classifyTelegramError(error, 'answerCallbackQuery');
    // The query is too old or Telegram is slow. The screen that follows matters more, so this is no failure.
    ctx.visit.log.debug({ verdict: kind }, 'a button press was not answered');
    return kind !== 'too-late';
  }
}

/** The message whose button was pressed, if it can still be edited. */
export function pressedMessageId(ctx: BotContext): number | undefined {
  const message = ctx.callbackQuery?.message;
  return message !== undefined && message.date !== 0 ? message.message_id : undefined;
}

/**
 * Shows a screen in the message whose button was pressed, or as a new one when that can't be edited.
 * @returns the message's id
 */
export async function showHere(ctx: BotContext, screen: Screen): Promise<number> {
  const messageId = pressedMessageId(ctx);
  if (messageId !== undefined && (await editMessage(ctx, messageId, screen))) return messageId;
  return send(ctx, screen);
}

/** @returns whether the message shows the screen now; `false`: it is deleted or not a text message */
export function editMessage(ctx: BotContext, messageId: number, screen: Screen): Promise<boolean> {
  return editMessageIn(ctx.api, ctx.visit.chatId, messageId, seenBy(ctx, screen));
}

/** The same in any chat. */
export async function editMessageIn(api: Api, chatId: number, messageId: number, screen: Screen): Promise<boolean> {
  try {
    await api.editMessageText(chatId, messageId, screen.text, {
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      ...(screen.keyboard ? { reply_markup: screen.keyboard } : {}),
    });
    return true;
  } catch (error) {
    const verdict = classifyTelegramError(error, 'editMessageText');
    if (verdict.kind === 'unchanged') return true;
    if (verdict.kind === 'gone') return false;
    throw error;
  }
}

/** Staff see the buttons of their role. */
const seenBy = ({ visit: { role } }: BotContext, screen: Screen): Screen =>
  role === undefined ? screen : forRole(screen, role);

/** Sends a screen as a new message; unlike with `showBelow` it keeps its buttons. @returns its id */
export function send(ctx: BotContext, screen: Screen): Promise<number> {
  return sendTo(ctx.api, ctx.visit.chatId, seenBy(ctx, screen));
}

/** The same in any chat. */
export async function sendTo(api: Api, chatId: number, screen: Screen): Promise<number> {
  const message = await api.sendMessage(chatId, screen.text, {
    parse_mode: 'HTML',
    // For a preview Telegram's crawler would fetch the link, and a subscription link is a secret.
    link_preview_options: { is_disabled: true },
    ...(screen.keyboard ? { reply_markup: screen.keyboard } : {}),
  });
  return message.message_id;
}

/** Sends a screen as the chat's newest one and removes the buttons of the one before. */
export async function showBelow(ctx: BotContext, screen: Screen, sessions: Sessions): Promise<void> {
  const messageId = await send(ctx, screen);
  const { settings } = await sessions.get(ctx.visit.userId);
  await sessions.patchSettings(ctx.visit.userId, { liveMessageId: messageId });
  if (settings.liveMessageId === undefined || settings.liveMessageId === messageId) return;
  try {
    await ctx.api.editMessageReplyMarkup(ctx.visit.chatId, settings.liveMessageId);
  } catch (error) {
    const { kind } = classifyTelegramError(error, 'editMessageReplyMarkup');
    if (kind === 'failed') ctx.visit.log.debug('an old screen kept its buttons');
  }
}

/** The worker edits this message from now on, so the next command must not remove its buttons. */
export async function keepButtons(ctx: BotContext, messageId: number, sessions: Sessions): Promise<void> {
  const { settings } = await sessions.get(ctx.visit.userId);
  if (settings.liveMessageId === messageId)
    await sessions.patchSettings(ctx.visit.userId, { liveMessageId: undefined });
}

/**
 * The message whose button was pressed, in which the worker shows what it is asked for.
 * @param screenOf what stands there until then, and where it could not be asked
 */
export function askedHere(ctx: BotContext, screenOf: (isAsked: boolean) => Screen, sessions: Sessions): AskedMessage {
  let shown: number | undefined;
  return {
    async show() {
      // Where Telegram does not take it, it is asked all the same, and the worker's edit is the answer.
      shown = await showHere(ctx, screenOf(true)).catch((error: unknown) => {
        const pressed = pressedMessageId(ctx);
        if (pressed === undefined) throw error;
        ctx.visit.log.warn({ err: error }, 'that something is asked for could not be shown');
        return pressed;
      });
      await keepButtons(ctx, shown, sessions);
      return shown;
    },
    async showNotAsked() {
      if (shown === undefined) await showHere(ctx, screenOf(false));
      else await editMessage(ctx, shown, screenOf(false));
    },
  };
}

export async function show(
  ctx: BotContext,
  screen: Screen,
  where: 'here' | 'below',
  sessions: Sessions,
): Promise<void> {
  if (where === 'below' || !ctx.callbackQuery) await showBelow(ctx, screen, sessions);
  else await showHere(ctx, screen);
}
