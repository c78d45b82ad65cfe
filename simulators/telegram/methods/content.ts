import type { LinkPreviewOptions, Message, MessageEntity } from '@grammyjs/types';
import { findEntities } from '../entities';
import { badRequest } from '../failure';
import { parseHtml, trim, type FormattedText } from '../html';
import type { Params, UploadedFile } from '../params';
import type { TelegramSim } from '../sim';
import type { Chat, StoredMessage } from '../state';

/** UTF-16 units after entities were taken out (source: Bot API reference, sendMessage and sendPhoto). */
export const MAX_TEXT = 4096;
export const MAX_CAPTION = 1024;
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;

/** A text parameter with its parse mode or explicit entities. @throws ApiFailure 400 `can't parse entities` */
export function readFormatted(params: Params, name: 'text' | 'caption', source = params): FormattedText {
  const raw = source.text(name);
  const mode = source.text('parse_mode').toLowerCase();
  if (mode !== '' && mode !== 'html' && mode !== 'none') {
    // Telegram takes Markdown as well. It is refused here: a stand-in that parses a part of it would hide mistakes.
    throw badRequest('unsupported parse_mode');
  }
  const explicit =
    source.json<MessageEntity[]>(name === 'text' ? 'entities' : 'caption_entities', 'message entities') ?? [];
  return findEntities(mode === 'html' ? parseHtml(raw) : trim(raw, explicit));
}

export function readText(params: Params): FormattedText {
  if (!params.has('text')) throw badRequest('message text is empty');
  const formatted = readFormatted(params, 'text');
  if (formatted.text === '') throw badRequest('text must be non-empty');
  return formatted;
}

export const textFields = ({ text, entities }: FormattedText): Partial<Message> => ({
  text,
  ...(entities.length > 0 ? { entities } : {}),
});

export const captionFields = ({ text, entities }: FormattedText): Partial<Message> =>
  text === '' ? {} : { caption: text, ...(entities.length > 0 ? { caption_entities: entities } : {}) };

export function previewFields(params: Params): Partial<Message> {
  const options = params.json<LinkPreviewOptions>('link_preview_options', 'link preview options');
  if (options) return { link_preview_options: options };
  return params.flag('disable_web_page_preview') ? { link_preview_options: { is_disabled: true } } : {};
}

/** @throws ApiFailure 400 `message to be replied not found` */
export function replyFields(sim: TelegramSim, chat: Chat, params: Params): Partial<Message> {
  const reply = params.json<{ message_id: number; allow_sending_without_reply?: boolean }>(
    'reply_parameters',
    'reply parameters',
  );
  const id = reply?.message_id ?? params.integer('reply_to_message_id');
  if (!id) return {};
  const target = sim.find(chat, id);
  if (target)
    return {
      reply_to_message: { ...target.message, reply_to_message: undefined } as NonNullable<Message['reply_to_message']>,
    };
  if (reply?.allow_sending_without_reply || params.flag('allow_sending_without_reply')) return {};
  throw badRequest('message to be replied not found');
}

/** Width and height where the header tells them; undefined for what is no picture at all. */
function pictureSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length >= 24 && bytes.readUInt32BE(0) === 0x89504e47)
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  const isJpeg = bytes.length > 3 && bytes[0] === 0xff && bytes[1] === 0xd8;
  const isWebp = bytes.subarray(8, 12).toString('latin1') === 'WEBP';
  return isJpeg || isWebp ? { width: 1280, height: 720 } : undefined;
}

export interface Media {
  readonly fields: Partial<Message>;
  readonly file: string;
}

/** An upload, or the file_id of something sent before. Addresses are refused: the stand-in fetches nothing. */
export function readMedia(sim: TelegramSim, params: Params, kind: 'photo' | 'document', reference?: string): Media {
  const upload = params.upload(kind, reference);
  const file = upload ? newFile(sim, upload, kind) : knownFile(sim, reference ?? params.text(kind), kind);
  const stored = sim.state.files[file];
  if (!stored) throw badRequest('wrong file identifier/HTTP URL specified');
  const bytes = Buffer.from(stored.base64, 'base64');
  const common = { file_id: stored.fileId, file_unique_id: file, file_size: bytes.length };
  if (kind === 'document')
    return { file, fields: { document: { ...common, file_name: stored.name, mime_type: stored.mimeType } } };
  const size = pictureSize(bytes);
  if (!size) throw badRequest('IMAGE_PROCESS_FAILED');
  if (size.width + size.height > 10_000 || size.width === 0 || size.height === 0)
    throw badRequest('PHOTO_INVALID_DIMENSIONS');
  return { file, fields: { photo: [{ ...common, ...size }] } };
}

function newFile(sim: TelegramSim, upload: UploadedFile, kind: 'photo' | 'document'): string {
  if (upload.bytes.length === 0) throw badRequest('file must be non-empty');
  if (kind === 'photo' && upload.bytes.length > MAX_PHOTO_BYTES) {
    throw badRequest(
      `file of size ${upload.bytes.length} bytes is too big for a photo; the maximum size is ${MAX_PHOTO_BYTES} bytes`,
    );
  }
  if (kind === 'photo' && !pictureSize(upload.bytes)) throw badRequest('IMAGE_PROCESS_FAILED');
  return sim.keepFile(upload, kind === 'photo' ? 'photos' : 'documents');
}

function knownFile(sim: TelegramSim, reference: string, kind: string): string {
  if (reference === '') throw badRequest(`there is no ${kind} in the request`);
  if (/^https?:\/\//i.test(reference)) throw badRequest('failed to get HTTP URL content');
  const known = Object.entries(sim.state.files).find(([, file]) => file.fileId === reference);
  if (!known) throw badRequest('wrong file identifier/HTTP URL specified');
  return known[0];
}

/** A message of this chat that a method names. @param what Telegram's words for it: `message to edit` */
export function namedMessage(sim: TelegramSim, chat: Chat, params: Params, what: string): StoredMessage {
  if (!params.has('message_id')) throw badRequest('message identifier is not specified');
  const found = sim.find(chat, params.integer('message_id'));
  if (!found) throw badRequest(`${what} not found`);
  return found;
}
