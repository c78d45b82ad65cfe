import { InputFile } from 'grammy';
import { GatewayError } from '../errors';
import { createApi, type TelegramAccess } from './api';
import { classifyTelegramError, type TelegramVerdict } from './classify';
import type { OnPlain } from './decoration';
import type { SendOutcome, TelegramGateway } from './gateway';
import { messageIdOf } from './messageId';

/** A refusal that is no answer to this kind of call: a mistake of the owner's, or the Bot API has changed. */
const unexpectedRefusal = (operation: string, code: string) =>
  new GatewayError(`telegram ${operation}: refused as ${code}`, {
    service: 'telegram',
    kind: 'refused',
    operation,
    code,
  });

type Attempt<T> = { readonly kind: 'done'; readonly result: T } | Exclude<TelegramVerdict, { kind: 'failed' }>;

/** Of an answer that may come from a proxy. @throws GatewayError for one that is no member of a chat */
function isIn(answer: unknown): boolean {
  const { status, is_member } = (answer ?? {}) as { status?: unknown; is_member?: unknown };
  if (typeof status !== 'string') {
    const message = 'telegram getChatMember: unreadable answer (status)';
    throw new GatewayError(message, { service: 'telegram', kind: 'unknown-outcome', operation: 'getChatMember' });
  }
  if (status === 'restricted') return is_member === true;
  return status === 'creator' || status === 'administrator' || status === 'member';
}

/**
 * Sends, edits and deletes messages. One instance per process; it keeps connections open. `observe` is told of a
 * message that goes out without what was refused of it as `plain` as well.
 */
export function createTelegramGateway(access: TelegramAccess): TelegramGateway {
  const onPlain: OnPlain = ({ operation }) =>
    access.observe?.({ service: 'telegram', operation, outcome: 'plain', durationMs: 0 });
  const api = createApi(access, onPlain);

  /** @returns the call's result, or the verdict of a normal refusal */
  async function attempt<T>(operation: string, call: () => Promise<T>): Promise<Attempt<T>> {
    try {
      return { kind: 'done', result: await call() };
    } catch (error) {
      const verdict = classifyTelegramError(error, operation);
      if (verdict.kind === 'failed') throw verdict.error;
      return verdict;
    }
  }

  async function send(operation: string, call: () => Promise<unknown>): Promise<SendOutcome> {
    const attempted = await attempt(operation, call);
    switch (attempted.kind) {
      case 'done':
        return { outcome: 'sent', messageId: messageIdOf(operation, attempted.result) };
      case 'unreachable-user':
        return { outcome: 'unreachable-user', reason: attempted.reason };
      default:
        throw unexpectedRefusal(operation, attempted.kind);
    }
  }

  return {
    sendMessage: ({ chatId, text, keyboard, silent = false }) =>
      send('sendMessage', () =>
        api.sendMessage(chatId, text, {
          parse_mode: 'HTML',
          link_preview_options: { is_disabled: true },
          disable_notification: silent,
          ...(keyboard ? { reply_markup: keyboard } : {}),
        }),
      ),

    sendPhoto: ({ chatId, png, caption, keyboard, silent = false }) =>
      send('sendPhoto', () =>
        api.sendPhoto(chatId, new InputFile(png, 'image.png'), {
          parse_mode: 'HTML',
          disable_notification: silent,
          ...(caption === undefined ? {} : { caption }),
          ...(keyboard ? { reply_markup: keyboard } : {}),
        }),
      ),

    async editMessage({ chatId, messageId, text, keyboard }) {
      const attempted = await attempt('editMessage', () =>
        api.editMessageText(chatId, messageId, text, {
          parse_mode: 'HTML',
          link_preview_options: { is_disabled: true },
          ...(keyboard ? { reply_markup: keyboard } : {}),
        }),
      );
      switch (attempted.kind) {
        case 'done':
          return { outcome: 'sent', messageId };
        case 'unchanged':
          return { outcome: 'unchanged' };
        case 'gone':
          return { outcome: 'gone' };
        case 'unreachable-user':
          return { outcome: 'unreachable-user', reason: attempted.reason };
        case 'too-late':
          throw unexpectedRefusal('editMessage', attempted.kind);
      }
    },

    async deleteMessage({ chatId, messageId }) {
      const attempted = await attempt('deleteMessage', () => api.deleteMessage(chatId, messageId));
      switch (attempted.kind) {
        case 'done':
          return { outcome: 'deleted' };
        case 'unchanged':
        case 'gone':
          return { outcome: 'gone' };
        case 'unreachable-user':
          return { outcome: 'unreachable-user', reason: attempted.reason };
        case 'too-late':
          throw unexpectedRefusal('deleteMessage', attempted.kind);
      }
    },

    async isMember({ chat, userId }) {
      const attempted = await attempt('getChatMember', () => api.getChatMember(chat, userId));
      if (attempted.kind !== 'done')
        throw unexpectedRefusal(
          'getChatMember',
          attempted.kind === 'unreachable-user' ? attempted.reason : attempted.kind,
        );
      return isIn(attempted.result);
    },
  };
}
