import type { Message } from '@grammyjs/types';
import { badRequest } from '../failure';
import { readInlineMarkup } from '../markup';
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
  textFields,
} from './content';
import type { Method } from './method';

const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message';
/** What an edit can change; what it doesn't name of these, it removes. */
const EDITABLE = [
  'text',
  'entities',
  'link_preview_options',
  'caption',
  'caption_entities',
  'photo',
  'document',
  'reply_markup',
] as const;

function target(sim: TelegramSim, params: Params): { chat: Chat; stored: StoredMessage } {
  if (params.has('inline_message_id')) throw badRequest('message to edit not found');
  const chat = sim.writableChat(params.text('chat_id'));
  const stored = namedMessage(sim, chat, params, 'message to edit');
  if (stored.from !== 'bot' || stored.message.forward_origin) throw badRequest("message can't be edited");
  return { chat, stored };
}

function apply(sim: TelegramSim, chat: Chat, stored: StoredMessage, content: Partial<Message>, file?: string): Message {
  const current = Object.fromEntries(EDITABLE.map((key) => [key, stored.message[key]]));
  const wanted = Object.fromEntries(EDITABLE.map((key) => [key, content[key]]));
  if (canonical(current) === canonical(wanted)) throw badRequest(NOT_MODIFIED);
  const kept = Object.fromEntries(
    Object.entries(stored.message).filter(([key]) => !(EDITABLE as readonly string[]).includes(key)),
  );
  const added = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  stored.message = { ...kept, ...added, edit_date: sim.nowSeconds() } as Message;
  if (file !== undefined) stored.file = file;
  sim.edited(chat, stored);
  return stored.message;
}

/** JSON with sorted keys: a button written `{callback_data, text}` is the same button as `{text, callback_data}`. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

const withMarkup = (params: Params): Partial<Message> => {
  const markup = readInlineMarkup(params);
  return markup ? { reply_markup: markup } : {};
};

const editMessageText: Method = (sim, params) => {
  const formatted = readText(params);
  const markup = withMarkup(params);
  const { chat, stored } = target(sim, params);
  if (stored.message.text === undefined) throw badRequest('there is no text in the message to edit');
  // Unlike sendMessage, an edit gets the server's code and not a sentence.
  if (formatted.text.length > MAX_TEXT) throw badRequest('MESSAGE_TOO_LONG');
  return apply(sim, chat, stored, { ...textFields(formatted), ...previewFields(params), ...markup });
};

const editMessageCaption: Method = (sim, params) => {
  const caption = readFormatted(params, 'caption');
  const markup = withMarkup(params);
  const { chat, stored } = target(sim, params);
  const { photo, document } = stored.message;
  if (!photo && !document) throw badRequest('there is no caption in the message to edit');
  if (caption.text.length > MAX_CAPTION) throw badRequest('MEDIA_CAPTION_TOO_LONG');
  return apply(sim, chat, stored, {
    ...(photo ? { photo } : {}),
    ...(document ? { document } : {}),
    ...captionFields(caption),
    ...markup,
  });
};

const editMessageMedia: Method = (sim, params) => {
  const media = params.json<{ type: string; media: string } & Record<string, unknown>>('media', 'input media');
  if (!media) throw badRequest('media is not specified');
  if (media.type !== 'photo' && media.type !== 'document')
    throw badRequest(`type "${media.type}" is unsupported in the stand-in`);
  const caption = readFormatted(params, 'caption', new Params(media));
  if (caption.text.length > MAX_CAPTION) throw badRequest('message caption is too long');
  const markup = withMarkup(params);
  const { chat, stored } = target(sim, params);
  const read = readMedia(sim, params, media.type, media.media);
  return apply(sim, chat, stored, { ...read.fields, ...captionFields(caption), ...markup }, read.file);
};

const editMessageReplyMarkup: Method = (sim, params) => {
  const markup = withMarkup(params);
  const { chat, stored } = target(sim, params);
  const content = Object.fromEntries(
    EDITABLE.filter((key) => key !== 'reply_markup').map((key) => [key, stored.message[key]]),
  );
  return apply(sim, chat, stored, { ...content, ...markup });
};

export const editMethods: Record<string, Method> = {
  editmessagetext: editMessageText,
  editmessagecaption: editMessageCaption,
  editmessagemedia: editMessageMedia,
  editmessagereplymarkup: editMessageReplyMarkup,
};
