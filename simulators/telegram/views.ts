import type { InlineKeyboardButton, Message } from '@grammyjs/types';
import type { ReplyMarkup } from './markup';
import { renderHtml } from './render';
import type { CallbackAnswer, Chat, StoredMessage } from './state';

/** One message as the person sees it (`GET /_sim/users/:id/chat`). */
export interface MessageView {
  readonly messageId: number;
  /** Grows with every change; pass it to `wait` as `sinceSeq`. */
  readonly seq: number;
  readonly from: 'bot' | 'user';
  /** ISO time. */
  readonly date: string;
  readonly editedAt?: string;
  readonly text?: string;
  /** The text with its entities, safe to put into a page. */
  readonly html?: string;
  readonly caption?: string;
  readonly captionHtml?: string;
  /** Relative to the stand-in's address. */
  readonly photoUrl?: string;
  readonly documentUrl?: string;
  readonly documentName?: string;
  /** An invoice in Stars, or what was paid or came back of one. */
  readonly stars?: { readonly kind: 'invoice' | 'paid' | 'refunded'; readonly amount: number; readonly title?: string };
  readonly replyMarkup?: ReplyMarkup;
  readonly replyToMessageId?: number;
  readonly forwarded?: true;
  readonly pinned?: true;
  readonly reaction?: string;
  readonly silent?: true;
  /** The bot forbade a preview, so Telegram's crawler doesn't fetch the links. */
  readonly previewDisabled?: true;
}

export interface ChatView {
  readonly user: {
    id: number;
    firstName: string;
    languageCode?: string;
    username?: string;
    started: boolean;
    blocked: boolean;
  };
  readonly messages: MessageView[];
  readonly callbackAnswers: CallbackAnswer[];
}

const iso = (unixSeconds: number) => new Date(unixSeconds * 1000).toISOString();

export function viewMessage(stored: StoredMessage): MessageView {
  const { message: m } = stored;
  const url = stored.file === undefined ? undefined : `/_sim/files/${stored.file}`;
  const markup = m.reply_markup ?? stored.keyboard;
  return {
    messageId: m.message_id,
    seq: stored.seq,
    from: stored.from,
    date: iso(m.date),
    ...(m.edit_date === undefined ? {} : { editedAt: iso(m.edit_date) }),
    ...(m.text === undefined ? {} : { text: m.text, html: renderHtml(m.text, m.entities) }),
    ...(m.caption === undefined ? {} : { caption: m.caption, captionHtml: renderHtml(m.caption, m.caption_entities) }),
    ...(m.photo && url ? { photoUrl: url } : {}),
    ...(m.document && url ? { documentUrl: url, documentName: m.document.file_name ?? '' } : {}),
    ...viewStars(m),
    ...(markup === undefined ? {} : { replyMarkup: markup }),
    ...(m.reply_to_message ? { replyToMessageId: m.reply_to_message.message_id } : {}),
    ...(m.forward_origin ? { forwarded: true } : {}),
    ...(stored.pinned ? { pinned: true } : {}),
    ...(stored.reaction === undefined ? {} : { reaction: stored.reaction }),
    ...(stored.silent ? { silent: true } : {}),
    ...(m.link_preview_options?.is_disabled ? { previewDisabled: true } : {}),
  };
}

function viewStars(m: Message): Pick<MessageView, 'stars'> {
  if (m.invoice) return { stars: { kind: 'invoice', amount: m.invoice.total_amount, title: m.invoice.title } };
  if (m.successful_payment) return { stars: { kind: 'paid', amount: m.successful_payment.total_amount } };
  if (m.refunded_payment) return { stars: { kind: 'refunded', amount: m.refunded_payment.total_amount } };
  return {};
}

export function viewChat(chat: Chat): ChatView {
  const { id, first_name, language_code, username } = chat.person;
  return {
    user: {
      id,
      firstName: first_name,
      ...(language_code === undefined ? {} : { languageCode: language_code }),
      ...(username === undefined ? {} : { username }),
      started: chat.started,
      blocked: chat.blocked,
    },
    messages: chat.messages.filter((m) => !m.deleted).map(viewMessage),
    callbackAnswers: chat.callbackAnswers,
  };
}

function buttonLabel(button: InlineKeyboardButton): string {
  if ('url' in button) return `[${button.text} ↗]`;
  if ('copy_text' in button) return `[${button.text} ⧉]`;
  return `[${button.text}]`;
}

function keyboardLines(markup: ReplyMarkup | undefined): string[] {
  if (markup === undefined) return [];
  if ('inline_keyboard' in markup) return markup.inline_keyboard.map((row) => row.map(buttonLabel).join(' '));
  if ('keyboard' in markup)
    return markup.keyboard.map((row) => row.map((b) => `{${typeof b === 'string' ? b : b.text}}`).join(' '));
  return [];
}

/**
 * The chat as plain text without times, ports and addresses: the same run gives the same file, so it can be a golden
 * file.
 */
export function transcript(chat: Chat): string {
  const lines: string[] = [];
  const put = (head: string, body: string) => {
    const indent = ' '.repeat(head.length);
    lines.push(...body.split('\n').map((line, i) => `${i === 0 ? head : indent}${line}`.trimEnd()));
  };
  const answers = (after: number) => {
    for (const answer of chat.callbackAnswers.filter((a) => a.afterMessageId === after && a.text !== '')) {
      put(answer.showAlert ? '    alert> ' : '    toast> ', answer.text);
    }
  };
  for (const stored of chat.messages) {
    const m = stored.message;
    if (!stored.deleted) {
      const head = `[${m.message_id}] ${stored.from === 'bot' ? 'bot' : chat.person.first_name}> `;
      const { stars } = viewStars(m);
      if (stars) put(head, `(${stars.kind} ${stars.amount} Stars) ${stars.title ?? ''}`);
      const media = m.photo ? '(photo) ' : m.document ? `(document ${m.document.file_name ?? ''}) ` : '';
      if (!stars) put(head, media + (m.text ?? m.caption ?? ''));
      for (const line of keyboardLines(m.reply_markup ?? stored.keyboard)) lines.push(`    ${line}`);
    }
    answers(m.message_id);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
