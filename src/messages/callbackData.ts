import { isUuid } from '../domain/uuid';
import { z } from 'zod';
import { BLOCK_REASONS } from '../domain/block';
import { LANGUAGES } from '../domain/language';
import { FINGERPRINT } from './fingerprint';
import { GRANT_REFERENCE } from './grantReference';
import { PROMO_CODE } from '../domain/promo/code';
import { readShortUuid, shortUuid } from './shortUuid';
import { VOUCHER_CODE } from '../domain/voucher/code';

/**
 * What a button asks for, as it is encoded in `callback_data`: `v1:<verb>[:<argument>...]`, at most 64 bytes.
 * A modified client can send anything, so none of it is trusted: owner, price and state are read from the database.
 * A change that keyboards already sent can't follow gets a new version.
 */
const VERSION = 'v1';

/** Telegram's limit, in bytes (Bot API reference, InlineKeyboardButton). */
export const MAX_CALLBACK_BYTES = 64;

const code = z.string().regex(/^[a-z0-9-]{1,20}$/);
const id = z.string().refine(isUuid);
/** An id that stands beside much else. */
const shortId = z.codec(z.string(), id, {
  decode: (text) => readShortUuid(text) ?? '',
  encode: shortUuid,
});
const voucher = z.string().regex(VOUCHER_CODE);
const promoCode = z.string().regex(PROMO_CODE);
/** See `grantReference`. */
const grant = z.string().regex(GRANT_REFERENCE);
/** See `trialFingerprint`. */
const trialTerms = z.string().regex(/^[0-9a-z-]{1,30}$/);
/** `fingerprintOf` what the screen showed: where it is something else by now, the screen is shown again. */
const shown = z.string().regex(FINGERPRINT);
/** A Telegram id. */
const user = z
  .string()
  .regex(/^[1-9]\d{0,15}$/)
  .transform(Number);
const page = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number);
const daysMore = z
  .string()
  .regex(/^[1-9]\d{0,2}$/)
  .transform(Number);
/** See `NUMBER_PERIODS`. */
const period = z.enum(['day', 'week', 'month', 'year']);
/** A Telegram id. */
const person = z
  .string()
  .regex(/^[1-9]\d{0,15}$/)
  .transform(Number);
/** Whether the answer replaces the message, or is sent below one that must stay. */
const where = z.enum(['here', 'below']);
/** An operator's decision, see `OperatorDecision`. */
const decision = z.enum(['retry', 'deliver', 'refund', 'close']);
/** What an owner may do for everybody who waits for a panel. */
const outageAction = z.enum(['show', 'retry', 'stop', 'resume', 'refund']);
const seconds = z
  .string()
  .regex(/^\d{1,12}$/)
  .transform(Number);
const daysOfCode = z
  .string()
  .regex(/^\d{1,4}$/)
  .transform(Number);
/** `*`: "choose for me". */
const server = z.union([code, z.literal('*')]);

/** Each verb with its arguments, in the order in which they are encoded. */
const VERBS = {
  menu: { where },
  buy: { page },
  servers: { location: code, page },
  server: { server },
  plan: { plan: code },
  /** Back to the plans of the server chosen before. */
  plans: {},
  /** Confirms the order that the screen shows: its id was made for that screen. */
  pay: { payment: id },
  /** The same, after another open order was shown: that one is dismissed. */
  'pay-instead': { payment: id },
  /** Opens that other order instead of confirming. */
  'take-up': { payment: id },
  continue: {},
  /** What is offered to try the shop, and taking what the screen says of it, there. */
  trial: {},
  'take-trial': { location: code, terms: trialTerms },
  /** What a voucher gives, by its code; as a new subscription, or added to one that is there. */
  gift: { voucher },
  'gift-new': { voucher },
  'gift-at': { voucher, location: code, shown },
  'gift-to': { voucher, subscription: shortId, shown },
  /** The plans, as gifts for somebody else. */
  give: {},
  /** What the person has given, page by page; one of these; having its money back. */
  gifts: { page },
  'sent-gift': { payment: id },
  'cancel-gift': { payment: id },
  'cancel-gift-sure': { payment: id },
  /** The person's link for friends, and what it has brought. */
  invite: { where },
  /** Asks for the code of a voucher; the next text is one. */
  'enter-voucher': {},
  show: { payment: id },
  check: { payment: id },
  cancel: { payment: id },
  'cancel-sure': { payment: id },
  wait: { payment: id },
  'other-server': { payment: id },
  'delay-refund': { payment: id },
  'delay-refund-sure': { payment: id },
  again: { payment: id },
  /** The buyer's own refund of a delivered purchase, where the shop's rule allows one. */
  refund: { payment: id },
  'refund-sure': { payment: id },
  /** For staff: how the shop stands. */
  desk: {},
  /** For staff: asks what is searched for; the next text is it. */
  'desk-search': {},
  /** For staff: money and people of a period, the same as a file, and what each number means. */
  numbers: { period },
  'numbers-csv': { period },
  'numbers-meaning': {},
  /** For staff: one person, and a note about them, which is the next text. */
  card: { user: person },
  'card-note': { user: person },
  /** For staff: days more for a subscription; so many; what was confirmed. */
  days: { subscription: id },
  'days-of': { subscription: id, days: daysMore },
  'days-sure': { request: id },
  /** For admins: a payment's timeline, page by page, and what may be decided about it. */
  timeline: { payment: id, page },
  decide: { payment: id, decision },
  'decide-sure': { payment: id, decision },
  /** For admins: a person, and what may be done with them; each question is followed by its `-sure`. */
  person: { user },
  block: { user, reason: z.enum(BLOCK_REASONS) },
  'block-sure': { user, reason: z.enum(BLOCK_REASONS) },
  unblock: { user },
  erase: { user },
  'erase-sure': { user },
  forfeit: { reward: id },
  'forfeit-sure': { reward: id },
  /** Of something that the person has asked for, and whose panel makes no key: another server is to make it. */
  'grant-server': { grant },
  /** For admins: something that somebody has asked for, and what may be decided about it. */
  grant: { grant },
  'grant-retry': { grant },
  'grant-end': { grant },
  'grant-end-sure': { grant },
  /** For admins: what to do about a server whose panel makes no keys. */
  outage: { server: code, what: outageAction },
  /** Refunds those that wait there and were paid until then (seconds since 1970): the ones that were asked about. */
  'outage-refund-sure': { server: code, paidUntil: seconds },
  /** For admins: the panels, one of them, and the decision about it. */
  panels: { page },
  panel: { server: code },
  'panel-ask': { server: code },
  'panel-sure': { server: code, decision: z.enum(['gone', 'back']) },
  subscriptions: { where, page },
  subscription: { subscription: id },
  /** What a subscription is made of, page by page. */
  'subscription-book': { subscription: id, page },
  renew: { subscription: id },
  qr: { subscription: id },
  hide: {},
  /** A promo code: asks for one, puts this one away; for who is new, language and terms come before it. */
  promo: {},
  'promo-drop': { code: promoCode },
  'promo-begin': {},
  /** So many days of a promo code for this subscription; `shown`: of the code. */
  'promo-days': { subscription: shortId, shown, days: daysOfCode },
  'promo-speak': { language: z.enum(LANGUAGES) },
  help: { where },
  terms: {},
  support: { where },
  settings: { where },
  /** Asks where receipts go; the next text is the answer. */
  'change-contact': {},
  'forget-contact': {},
  language: {},
  speak: { language: z.enum(LANGUAGES) },
} as const satisfies Record<string, Record<string, z.ZodType>>;

type Verbs = typeof VERBS;
export type Verb = keyof Verbs;

type Arguments<V extends Verb> = {
  readonly [F in keyof Verbs[V]]: Verbs[V][F] extends z.ZodType ? z.output<Verbs[V][F]> : never;
};

export type Action<V extends Verb = Verb> = { [K in V]: { readonly do: K } & Arguments<K> }[V];

/** @throws Error when the result is too long for Telegram, which no valid argument can cause */
export function encodeAction(action: Action): string {
  const fields: [string, z.ZodType][] = Object.entries(VERBS[action.do]);
  const values = fields.map(([field, schema]) => {
    const value = (action as unknown as Record<string, unknown>)[field];
    return String(schema instanceof z.ZodCodec ? z.encode(schema, value) : value);
  });
  const encoded = [VERSION, action.do, ...values].join(':');
  if (Buffer.byteLength(encoded) > MAX_CALLBACK_BYTES) throw new Error(`callback data of "${action.do}" is too long`);
  return encoded;
}

/** @returns `undefined` for anything that no button of this version can send; never throws */
export function decodeAction(text: string | undefined): Action | undefined {
  if (text === undefined || Buffer.byteLength(text) > MAX_CALLBACK_BYTES) return undefined;
  const [version, verb, ...values] = text.split(':');
  if (version !== VERSION || verb === undefined || !Object.hasOwn(VERBS, verb)) return undefined;
  const fields: [string, z.ZodType][] = Object.entries(VERBS[verb as Verb]);
  if (fields.length !== values.length) return undefined;
  const action: Record<string, unknown> = { do: verb };
  for (const [index, [field, schema]] of fields.entries()) {
    const read = schema.safeParse(values[index]);
    if (!read.success) return undefined;
    action[field] = read.data;
  }
  return action as Action;
}
