import type { Message } from '@grammyjs/types';
import { badRequest } from '../failure';
import { readReplyMarkup, type ReplyMarkup } from '../markup';
import { Params } from '../params';
import type { TelegramSim } from '../sim';
import type { Chat, StoredMessage } from '../state';
import {
  captionFields,
  MAX_CAPTION,
  MAX_TEXT,
  namedMessage,
  previewFields,
  readFormatted,
  readMedia,
  readText,
  replyFields,
  textFields,
} from './content';
import type { Method } from './method';

const MAX_ALBUM = 10;
const DELETABLE_SECONDS = 48 * 3600;
const ACTIONS = new Set([
  'typing',
  'upload_photo',
  'record_video',
  'upload_video',
  'record_voice',
  'upload_voice',
  'upload_document',
  'choose_sticker',
  'find_location',
  'record_video_note',
  'upload_video_note',
]);

/** Puts a message of the bot into the chat. */
export function deliver(
  sim: TelegramSim,
  chat: Chat,
  params: Params,
  content: Partial<Message>,
  markup: ReplyMarkup | undefined,
  file?: string,
): Message {
  const inline = markup && 'inline_keyboard' in markup ? markup : undefined;
  return sim.post(
    chat,
    'bot',
    { ...content, ...replyFields(sim, chat, params), ...(inline ? { reply_markup: inline } : {}) },
    {
      ...(markup && !inline ? { keyboard: markup } : {}),
      ...(file === undefined ? {} : { file }),
      ...(params.flag('disable_notification') ? { silent: true as const } : {}),
    },
  ).message;
}

// Telegram checks in this order: first the request by itself, then whether the bot may write to the chat.
const sendMessage: Method = (sim, params) => {
  const formatted = readText(params);
  const markup = readReplyMarkup(params);
  const chat = sim.writableChat(params.text('chat_id'));
  if (formatted.text.length > MAX_TEXT) throw badRequest('message is too long');
  return deliver(sim, chat, params, { ...textFields(formatted), ...previewFields(params) }, markup);
};

const sendMedia =
  (kind: 'photo' | 'document'): Method =>
  (sim, params) => {
    const caption = readFormatted(params, 'caption');
    if (caption.text.length > MAX_CAPTION) throw badRequest('message caption is too long');
    const markup = readReplyMarkup(params);
    const chat = sim.writableChat(params.text('chat_id'));
    const media = readMedia(sim, params, kind);
    return deliver(sim, chat, params, { ...media.fields, ...captionFields(caption) }, markup, media.file);
  };

/** An album: several messages under one media_group_id, answered as an array. Words of TDLib, album checks. */
const sendMediaGroup: Method = (sim, params) => {
  const items = params.json<({ type: string; media: string } & Record<string, unknown>)[]>('media', 'input media');
  if (!Array.isArray(items) || items.length === 0) throw badRequest('there are no messages to send');
  if (items.length > MAX_ALBUM) throw badRequest('too many messages to send as an album');
  const kinds = new Set(items.map((item) => item.type));
  if (kinds.size > 1 && kinds.has('document')) throw badRequest("document can't be mixed with other media types");
  const read = items.map((item) => {
    if (item.type !== 'photo' && item.type !== 'document')
      throw badRequest(`type "${item.type}" is unsupported in the stand-in`);
    const caption = readFormatted(params, 'caption', new Params(item));
    if (caption.text.length > MAX_CAPTION) throw badRequest('message caption is too long');
    return { caption, media: readMedia(sim, params, item.type, item.media) };
  });
  const chat = sim.writableChat(params.text('chat_id'));
  const group = { media_group_id: `${chat.person.id}${chat.lastMessageId}` };
  return read.map(({ caption, media }) =>
    deliver(sim, chat, params, { ...media.fields, ...captionFields(caption), ...group }, undefined, media.file),
  );
};

function checkDeletable(sim: TelegramSim, stored: StoredMessage): void {
  if (sim.faults.current.messagesTooOld || sim.nowSeconds() - stored.message.date > DELETABLE_SECONDS)
    throw badRequest("message can't be deleted for everyone");
}

const deleteMessage: Method = (sim, params) => {
  const chat = sim.chatForBot(params.text('chat_id'));
  const stored = namedMessage(sim, chat, params, 'message to delete');
  checkDeletable(sim, stored);
  sim.remove(chat, stored);
  return true;
};

const deleteMessages: Method = (sim, params) => {
  const ids = params.json<number[]>('message_ids', 'message identifiers');
  if (!Array.isArray(ids) || ids.length === 0) throw badRequest('message identifiers are not specified');
  if (ids.length > 100) throw badRequest('too many message identifiers specified');
  const chat = sim.chatForBot(params.text('chat_id'));
  const found = ids.map((id) => sim.find(chat, Number(id))).filter((m) => m !== undefined);
  for (const stored of found) checkDeletable(sim, stored);
  for (const stored of found) sim.remove(chat, stored);
  return true;
};

/** The part of a message that copyMessage and forwardMessage copy. */
function contentOf({ message: m }: StoredMessage): Partial<Message> {
  const { text, entities, caption, caption_entities, photo, document } = m;
  return Object.fromEntries(
    Object.entries({ text, entities, caption, caption_entities, photo, document }).filter(([, v]) => v !== undefined),
  );
}

const copyMessage: Method = (sim, params) => {
  const markup = readReplyMarkup(params);
  const source = namedMessage(sim, sim.chatForBot(params.text('from_chat_id')), params, 'message to copy');
  const chat = sim.writableChat(params.text('chat_id'));
  const content = contentOf(source);
  if (params.has('caption') && content.text === undefined) {
    delete content.caption;
    delete content.caption_entities;
    Object.assign(content, captionFields(readFormatted(params, 'caption')));
  }
  return { message_id: deliver(sim, chat, params, content, markup, source.file).message_id };
};

const forwardMessage: Method = (sim, params) => {
  const source = namedMessage(sim, sim.chatForBot(params.text('from_chat_id')), params, 'message to forward');
  const chat = sim.writableChat(params.text('chat_id'));
  const origin = { type: 'user', date: source.message.date, sender_user: source.message.from ?? sim.bot } as const;
  return deliver(sim, chat, params, { ...contentOf(source), forward_origin: origin }, undefined, source.file);
};

const sendChatAction: Method = (sim, params) => {
  const action = params.text('action').toLowerCase();
  if (!ACTIONS.has(action)) throw badRequest('wrong parameter action in request');
  const chat = sim.writableChat(params.text('chat_id'));
  sim.events.report({ kind: 'chat-action', userId: chat.person.id, action });
  return true;
};

const pin =
  (pinned: boolean): Method =>
  (sim, params) => {
    const chat = sim.writableChat(params.text('chat_id'));
    const target =
      pinned || params.has('message_id')
        ? namedMessage(sim, chat, params, pinned ? 'message to pin' : 'message to unpin')
        : chat.messages.findLast((m) => m.pinned && !m.deleted);
    if (!target) throw badRequest('message to unpin not found');
    target.pinned = pinned;
    sim.edited(chat, target);
    return true;
  };

const unpinAllChatMessages: Method = (sim, params) => {
  const chat = sim.writableChat(params.text('chat_id'));
  for (const stored of chat.messages.filter((m) => m.pinned && !m.deleted)) {
    stored.pinned = false;
    sim.edited(chat, stored);
  }
  return true;
};

const setMessageReaction: Method = (sim, params) => {
  const reactions = params.json<{ type: string; emoji?: string }[]>('reaction', 'reaction types') ?? [];
  if (!Array.isArray(reactions)) throw badRequest('expected an Array of ReactionType');
  const chat = sim.writableChat(params.text('chat_id'));
  const stored = namedMessage(sim, chat, params, 'message to react');
  // A bot may set one reaction; an empty list takes it away.
  if (reactions.length > 1) throw badRequest('REACTIONS_TOO_MANY');
  const emoji = reactions[0]?.emoji;
  if (emoji === undefined) delete stored.reaction;
  else stored.reaction = emoji;
  sim.edited(chat, stored);
  return true;
};

export const messageMethods: Record<string, Method> = {
  sendmessage: sendMessage,
  sendphoto: sendMedia('photo'),
  senddocument: sendMedia('document'),
  sendmediagroup: sendMediaGroup,
  sendchataction: sendChatAction,
  deletemessage: deleteMessage,
  deletemessages: deleteMessages,
  copymessage: copyMessage,
  forwardmessage: forwardMessage,
  pinchatmessage: pin(true),
  unpinchatmessage: pin(false),
  unpinallchatmessages: unpinAllChatMessages,
  setmessagereaction: setMessageReaction,
};
