import { GrammyError, HttpError } from 'grammy';
import { GatewayError } from '../errors';
import { NEVER_SENT } from '../http';

export type UnreachableReason = 'blocked' | 'deactivated' | 'chat-not-found';

/** What a failed Bot API call means. Everything but `failed` is a normal outcome and no fault. */
export type TelegramVerdict =
  /** The message already has this content. */
  | { readonly kind: 'unchanged' }
  /** The message can't be edited or deleted (any more): send a new one. */
  | { readonly kind: 'gone' }
  /** The button was pressed too long ago for a callback answer. */
  | { readonly kind: 'too-late' }
  /** Nothing reaches the user until they start or unblock the bot again; do not retry. */
  | { readonly kind: 'unreachable-user'; readonly reason: UnreachableReason }
  | { readonly kind: 'failed'; readonly error: GatewayError };

/** For a 429 that does not say how long to wait. */
const DEFAULT_RETRY_AFTER_MS = 1000;

interface Refusal {
  /** Lower-case beginning or part of the description after `Bad Request: ` or `Forbidden: `. */
  readonly words: string;
  readonly verdict: Exclude<TelegramVerdict, { kind: 'failed' }>;
}

const gone = { kind: 'gone' } as const;
const unreachable = (reason: UnreachableReason) => ({ kind: 'unreachable-user', reason }) as const;

/** Refusals that are not faults, with statuses 400 and 403 (source: Bot API behaviour, tdlib/telegram-bot-api). */
const NORMAL_REFUSALS: readonly Refusal[] = [
  { words: 'message is not modified', verdict: { kind: 'unchanged' } },
  { words: 'message to edit not found', verdict: gone },
  { words: "message can't be edited", verdict: gone },
  { words: 'there is no text in the message to edit', verdict: gone },
  { words: 'there is no caption in the message to edit', verdict: gone },
  { words: 'message to delete not found', verdict: gone },
  { words: "message can't be deleted", verdict: gone },
  { words: 'message_id_invalid', verdict: gone },
  { words: 'query is too old', verdict: { kind: 'too-late' } },
  { words: 'bot was blocked by the user', verdict: unreachable('blocked') },
  { words: 'user is deactivated', verdict: unreachable('deactivated') },
  { words: 'chat not found', verdict: unreachable('chat-not-found') },
  { words: "bot can't initiate conversation", verdict: unreachable('chat-not-found') },
  { words: 'peer_id_invalid', verdict: unreachable('chat-not-found') },
];

/** Refusals that are the shop's mistakes, with a code for logs and alerts. Others are `bad-request` or `forbidden`. */
const BUGS: readonly { readonly words: string; readonly code: string }[] = [
  { words: "can't parse entities", code: 'cant-parse-entities' },
  { words: 'button_data_invalid', code: 'button-data-invalid' },
  { words: 'button_url_invalid', code: 'button-url-invalid' },
  { words: 'inline keyboard button url', code: 'button-url-invalid' },
  { words: 'button_copy_text_invalid', code: 'button-copy-text-invalid' },
  { words: 'message_too_long', code: 'message-too-long' },
  { words: 'message is too long', code: 'message-too-long' },
  { words: 'caption is too long', code: 'caption-too-long' },
  { words: 'media_caption_too_long', code: 'caption-too-long' },
  { words: 'message text is empty', code: 'message-empty' },
  { words: 'text must be non-empty', code: 'message-empty' },
  { words: 'image_process_failed', code: 'image-invalid' },
];

/**
 * What an error thrown by grammY means.
 *
 * The resulting error has neither the cause nor Telegram's free text: grammY's HttpError contains the address with the
 * bot token, its GrammyError the whole payload, and Telegram quotes refused texts and links (a subscription link is a
 * secret).
 *
 * @param operation the name of the call: `sendMessage`
 */
export function classifyTelegramError(thrown: unknown, operation: string): TelegramVerdict {
  if (thrown instanceof GrammyError) return classifyAnswer(thrown, operation);
  const code = thrown instanceof HttpError ? networkCode(thrown.error) : undefined;
  const kind = code !== undefined && NEVER_SENT.has(code) ? 'unreachable' : 'unknown-outcome';
  return failed(operation, kind, code ?? 'no readable answer', code === undefined ? {} : { code });
}

function classifyAnswer(answer: GrammyError, operation: string): TelegramVerdict {
  const status = answer.error_code;
  if (status === 429) {
    const seconds = answer.parameters.retry_after;
    return failed(operation, 'rate-limited', '429', {
      status,
      retryAfterMs: seconds === undefined ? DEFAULT_RETRY_AFTER_MS : seconds * 1000,
    });
  }
  if (status >= 500) return failed(operation, 'unknown-outcome', String(status), { status });
  const description = answer.description.toLowerCase();
  if (status === 400 || status === 403) {
    const normal = NORMAL_REFUSALS.find(({ words }) => description.includes(words));
    if (normal) return normal.verdict;
  }
  const code = BUGS.find(({ words }) => description.includes(words))?.code ?? statusCode(status);
  // The offset helps to find the fault in a template; the text around it may be a person's name and is left out.
  const offset = /at byte offset (\d+)/.exec(description)?.[1];
  return failed(operation, 'refused', `${status} ${code}${offset === undefined ? '' : ` at byte ${offset}`}`, {
    status,
    code,
  });
}

function statusCode(status: number): string {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 409:
      return 'conflict';
    case 413:
      return 'too-large';
    default:
      return 'bad-request';
  }
}

function failed(
  operation: string,
  kind: GatewayError['kind'],
  reason: string,
  details: { status?: number; code?: string; retryAfterMs?: number },
): TelegramVerdict {
  return {
    kind: 'failed',
    error: new GatewayError(`telegram ${operation}: ${reason}`, { service: 'telegram', kind, operation, ...details }),
  };
}

function networkCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code;
  // grammY reports its own time limit as a plain error; the request had been sent by then.
  return /timed out after/.test(error.message) ? 'timeout' : undefined;
}
