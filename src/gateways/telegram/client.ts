import { Api, InputFile } from 'grammy';
import type { InlineKeyboardMarkup } from 'grammy/types';
import { GatewayError } from '../errors';
import type { HttpObserver } from '../http';
import { classifyTelegramError, type TelegramVerdict, type UnreachableReason } from './classify';

export interface TelegramGatewayOptions {
  readonly token: string;
  /** `https://api.telegram.org`, or a stand-in. */
  readonly apiRoot: string;
  /** For one call, answer included. */
  readonly timeoutMs: number;
  readonly observe?: HttpObserver;
}

/** Nothing arrives until the person comes back (Start, unblock). Remember it and don't try again. */
export interface UnreachableUser {
  readonly outcome: 'unreachable-user';
  readonly reason: UnreachableReason;
}
export interface Sent {
  readonly outcome: 'sent';
  readonly messageId: number;
}
/** The message already looks like this: as good as edited. */
export interface Unchanged {
  readonly outcome: 'unchanged';
}
/** The message can't be edited or found (deleted, too old, a photo by now): send a new one. */
export interface Gone {
  readonly outcome: 'gone';
}
export interface Deleted {
  readonly outcome: 'deleted';
}

export type SendOutcome = Sent | UnreachableUser;
export type EditOutcome = Sent | Unchanged | Gone | UnreachableUser;
export type DeleteOutcome = Deleted | Gone | UnreachableUser;

export interface OutgoingText {
  readonly chatId: number;
  /** Telegram HTML, at most 4096 characters without its tags. People's own words must be escaped already. */
  readonly text: string;
  readonly keyboard?: InlineKeyboardMarkup | undefined;
  /** Arrives without a sound. Default false. */
  readonly silent?: boolean | undefined;
  /**
   * Default false: for a preview Telegram's crawler fetches the address, which would hand it a subscription link
   * and count as a device.
   */
  readonly linkPreview?: boolean | undefined;
}

export interface TextEdit {
  readonly chatId: number;
  readonly messageId: number;
  readonly text: string;
  /** Without it the message loses its buttons. */
  readonly keyboard?: InlineKeyboardMarkup | undefined;
  readonly linkPreview?: boolean | undefined;
}

export interface OutgoingPhoto {
  readonly chatId: number;
  readonly png: Uint8Array;
  /** Telegram HTML, at most 1024 characters without its tags. */
  readonly caption?: string | undefined;
  readonly keyboard?: InlineKeyboardMarkup | undefined;
  readonly silent?: boolean | undefined;
}

/**
 * Every method throws GatewayError: `rate-limited` (nothing happened, see retryAfterMs), `unreachable` (nothing happened),
 * `unknown-outcome` (may have happened; an edit or a deletion may be repeated, a repeated send may show twice) and
 * `refused` (a fault of ours, such as broken HTML or a revoked token: `code` names it, repeating changes nothing).
 */
export interface TelegramGateway {
  sendMessage(message: OutgoingText): Promise<SendOutcome>;
  editMessage(edit: TextEdit): Promise<EditOutcome>;
  sendPhoto(photo: OutgoingPhoto): Promise<SendOutcome>;
  deleteMessage(message: { readonly chatId: number; readonly messageId: number }): Promise<DeleteOutcome>;
}

/** An answer that belongs to another kind of call: Telegram has changed, somebody must look. */
const nonsense = (operation: string, code: string) =>
  new GatewayError(`telegram ${operation}: refused as ${code}, which makes no sense here`, {
    service: 'telegram',
    kind: 'refused',
    operation,
    code,
  });

type Attempt<T> = { readonly kind: 'done'; readonly result: T } | Exclude<TelegramVerdict, { kind: 'failed' }>;

/** The chat side of the shop. One instance per process; it keeps connections open. */
export function createTelegramGateway({ token, apiRoot, timeoutMs, observe }: TelegramGatewayOptions): TelegramGateway {
  const api = new Api(token, {
    apiRoot: apiRoot.replace(/\/+$/, ''),
    timeoutSeconds: timeoutMs / 1000,
    sensitiveLogs: false,
  });

  /** @returns the call's result, or the verdict of a normal refusal */
  async function attempt<T>(operation: string, call: () => Promise<T>): Promise<Attempt<T>> {
    const started = performance.now();
    const done = (outcome: string) =>
      observe?.({ service: 'telegram', operation, outcome, durationMs: performance.now() - started });
    let verdict: TelegramVerdict;
    try {
      const result = await call();
      done('200');
      return { kind: 'done', result };
    } catch (error) {
      verdict = classifyTelegramError(error, operation);
    }
    done(verdict.kind === 'failed' ? verdict.error.kind : verdict.kind);
    if (verdict.kind === 'failed') throw verdict.error;
    return verdict;
  }

  async function send(operation: string, call: () => Promise<{ message_id: number }>): Promise<SendOutcome> {
    const attempted = await attempt(operation, call);
    switch (attempted.kind) {
      case 'done':
        return { outcome: 'sent', messageId: attempted.result.message_id };
      case 'unreachable-user':
        return { outcome: 'unreachable-user', reason: attempted.reason };
      default:
        throw nonsense(operation, attempted.kind);
    }
  }

  return {
    sendMessage: ({ chatId, text, keyboard, silent = false, linkPreview = false }) =>
      send('sendMessage', () =>
        api.sendMessage(chatId, text, {
          parse_mode: 'HTML',
          link_preview_options: { is_disabled: !linkPreview },
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

    async editMessage({ chatId, messageId, text, keyboard, linkPreview = false }) {
      const attempted = await attempt('editMessage', () =>
        api.editMessageText(chatId, messageId, text, {
          parse_mode: 'HTML',
          link_preview_options: { is_disabled: !linkPreview },
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
          throw nonsense('editMessage', attempted.kind);
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
          throw nonsense('deleteMessage', attempted.kind);
      }
    },
  };
}
