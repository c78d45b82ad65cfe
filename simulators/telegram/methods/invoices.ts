import type { Invoice, LabeledPrice } from '@grammyjs/types';
import { randomBytes } from 'node:crypto';
import { badRequest } from '../failure';
import { readInlineMarkup } from '../markup';
import type { Params } from '../params';
import type { TelegramSim } from '../sim';
import { deliver } from './messages';
import type { Method } from './method';

const MAX_TITLE = 32;
const MAX_DESCRIPTION = 255;
const MAX_PAYLOAD_BYTES = 128;
/** Not documented as a number: 100 000 was accepted and 150 000 refused in a test of September 2026. */
const MAX_STARS = 100_000;
/** More than this no currency takes (source: TDLib, LabeledPricePart). */
const MAX_AMOUNT = 999_999_999_999;
/** What invoices in Stars may not ask for; a live test of another library saw it refused, not ignored. */
const NOT_FOR_STARS = [
  'max_tip_amount',
  'suggested_tip_amounts',
  'need_name',
  'need_phone_number',
  'need_email',
  'need_shipping_address',
  'send_phone_number_to_provider',
  'send_email_to_provider',
  'is_flexible',
];

/** @throws ApiFailure 400 in the words of tdlib/telegram-bot-api */
export function required(params: Params, name: string): string {
  const text = params.text(name);
  if (text === '') throw badRequest(`parameter "${name}" is required`);
  return text;
}

/** The server of the bots checks the form of the prices before Telegram hears of the invoice (source: TDLib). */
function readPrices(params: Params): LabeledPrice[] {
  const prices = params.json<LabeledPrice[]>('prices', 'prices');
  if (prices === undefined) throw badRequest('parameter "prices" is required');
  if (!Array.isArray(prices)) throw badRequest("can't parse prices: expected an Array");
  if (prices.length === 0) throw badRequest('there must be at least one price');
  let total = 0;
  for (const { label, amount } of prices) {
    if (typeof label !== 'string' || label === '') throw badRequest('LabeledPrice label must be non-empty');
    if (!Number.isSafeInteger(Number(amount)))
      throw badRequest('can\'t parse labeled price: Field "amount" must be a valid Number');
    if (Math.abs(amount) > MAX_AMOUNT) throw badRequest('too big amount of the currency specified');
    total += Number(amount);
  }
  if (total <= 0) throw badRequest('total price must be positive');
  if (total > MAX_AMOUNT) throw badRequest('total price is too big');
  return prices;
}

/**
 * Digital goods are sold in Stars only (`XTR`, no provider token, exactly one price; source: Bot API reference,
 * sendInvoice): the stand-in knows no other currency.
 */
function readInvoice(params: Params): { invoice: Invoice; payload: string } {
  const title = required(params, 'title');
  const description = required(params, 'description');
  const payload = required(params, 'payload');
  const currency = required(params, 'currency');
  const prices = readPrices(params);
  if (title.length > MAX_TITLE) throw badRequest('INVOICE_TITLE_TOO_LONG');
  if (description.length > MAX_DESCRIPTION) throw badRequest('INVOICE_DESCRIPTION_TOO_LONG');
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) throw badRequest('INVOICE_PAYLOAD_INVALID');
  // Another currency needs a provider, and Stars have none.
  if (currency !== 'XTR' || params.has('provider_token')) throw badRequest('PAYMENT_PROVIDER_INVALID');
  if (prices.length !== 1 || NOT_FOR_STARS.some((name) => params.has(name) && params.text(name) !== 'false'))
    throw badRequest('STARS_INVOICE_INVALID');
  const total = Number(prices[0]!.amount);
  if (total > MAX_STARS) throw badRequest('CURRENCY_TOTAL_AMOUNT_INVALID');
  if (params.has('subscription_period')) throw badRequest('subscription_period is unsupported in the stand-in');
  const start = params.text('start_parameter');
  return { invoice: { title, description, start_parameter: start, currency: 'XTR', total_amount: total }, payload };
}

function keep(sim: TelegramSim, { invoice, payload }: { invoice: Invoice; payload: string }): string {
  const slug = randomBytes(12).toString('base64url');
  const { title, total_amount: total, start_parameter: startParameter } = invoice;
  sim.state.stars.invoices[slug] = { total, payload, title, startParameter, paid: 0 };
  sim.changed();
  return slug;
}

const sendInvoice: Method = (sim, params) => {
  const markup = readInlineMarkup(params);
  const read = readInvoice(params);
  const chat = sim.writableChat(params.text('chat_id'));
  const message = deliver(sim, chat, params, { invoice: read.invoice }, markup);
  Object.assign(sim.state.stars.invoices[keep(sim, read)]!, {
    messageId: message.message_id,
    userId: chat.person.id,
  });
  return message;
};

const createInvoiceLink: Method = (sim, params) => `https://t.me/$${keep(sim, readInvoice(params))}`;

export const invoiceMethods: Record<string, Method> = {
  sendinvoice: sendInvoice,
  createinvoicelink: createInvoiceLink,
};
