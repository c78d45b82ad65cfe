import type { Invoice, LabeledPrice, StarTransactions, TransactionPartner } from '@grammyjs/types';
import { randomBytes } from 'node:crypto';
import { badRequest } from '../failure';
import { readInlineMarkup } from '../markup';
import type { Params } from '../params';
import type { TelegramSim } from '../sim';
import { deliver } from './messages';
import type { Method } from './method';

const QUERY_TOO_OLD = 'query is too old and response timeout expired or query ID is invalid';
/** A pre-checkout query must be answered within 10 s (source: Bot API reference, answerPreCheckoutQuery). */
const PRE_CHECKOUT_MS = 10_000;

function required(params: Params, name: string): string {
  const text = params.text(name);
  if (text === '') throw badRequest(`parameter "${name}" is required`);
  return text;
}

/**
 * Digital goods are sold in Stars only (`XTR`, no provider token, exactly one price): the stand-in knows no other
 * currency.
 */
function readInvoice(params: Params): { invoice: Invoice; payload: string } {
  const title = required(params, 'title');
  const description = required(params, 'description');
  const payload = required(params, 'payload');
  if (title.length > 32) throw badRequest('INVOICE_TITLE_TOO_LONG');
  if (description.length > 255) throw badRequest('INVOICE_DESCRIPTION_TOO_LONG');
  if (Buffer.byteLength(payload) > 128) throw badRequest('INVOICE_PAYLOAD_INVALID');
  if (required(params, 'currency') !== 'XTR') throw badRequest('CURRENCY_INVALID');
  if (params.has('provider_token')) throw badRequest('PAYMENT_PROVIDER_INVALID');
  const prices = params.json<LabeledPrice[]>('prices', 'prices');
  if (!Array.isArray(prices)) throw badRequest('parameter "prices" is required');
  const amount = prices[0]?.amount;
  if (prices.length !== 1 || !Number.isSafeInteger(amount) || Number(amount) < 1)
    throw badRequest('STARS_INVOICE_INVALID');
  return {
    invoice: {
      title,
      description,
      start_parameter: params.text('start_parameter'),
      currency: 'XTR',
      total_amount: Number(amount),
    },
    payload,
  };
}

function keep(sim: TelegramSim, params: Params): { slug: string; invoice: Invoice } {
  const { invoice, payload } = readInvoice(params);
  const slug = randomBytes(12).toString('base64url');
  sim.state.invoices[slug] = { total: invoice.total_amount, payload };
  sim.changed();
  return { slug, invoice };
}

const sendInvoice: Method = (sim, params) => {
  const markup = readInlineMarkup(params);
  const chat = sim.writableChat(params.text('chat_id'));
  const { slug, invoice } = keep(sim, params);
  const message = deliver(sim, chat, params, { invoice }, markup);
  sim.state.invoices[slug]!.messageId = message.message_id;
  sim.state.invoices[slug]!.userId = chat.person.id;
  return message;
};

const createInvoiceLink: Method = (sim, params) => `https://t.me/$${keep(sim, params).slug}`;

const answerPreCheckoutQuery: Method = (sim, params) => {
  const id = params.text('pre_checkout_query_id');
  const query = sim.state.preCheckouts[id];
  if (!query || Date.now() - query.at > PRE_CHECKOUT_MS) throw badRequest(QUERY_TOO_OLD);
  const ok = params.flag('ok');
  if (!ok && !params.has('error_message')) throw badRequest('parameter "error_message" is required');
  delete sim.state.preCheckouts[id];
  sim.changed();
  const chat = sim.state.chats[query.userId];
  if (!ok || !chat) return true;
  const chargeId = `stx${randomBytes(16).toString('base64url')}`;
  sim.state.starPayments[chargeId] = {
    userId: query.userId,
    total: query.total,
    payload: query.payload,
    at: Math.floor(Date.now() / 1000),
  };
  const { message } = sim.post(chat, 'user', {
    successful_payment: {
      currency: 'XTR',
      total_amount: query.total,
      invoice_payload: query.payload,
      telegram_payment_charge_id: chargeId,
      provider_payment_charge_id: String(Date.now()),
    },
  });
  sim.queue.push({ message: message as never });
  return true;
};

const refundStarPayment: Method = (sim, params) => {
  const chargeId = required(params, 'telegram_payment_charge_id');
  const payment = sim.state.starPayments[chargeId];
  if (!payment || String(payment.userId) !== params.text('user_id')) throw badRequest('CHARGE_NOT_FOUND');
  if (payment.refundedAt !== undefined) throw badRequest('CHARGE_ALREADY_REFUNDED');
  payment.refundedAt = Math.floor(Date.now() / 1000);
  sim.changed();
  const chat = sim.state.chats[payment.userId];
  if (chat) {
    const refunded = {
      currency: 'XTR' as const,
      total_amount: payment.total,
      invoice_payload: payment.payload,
      telegram_payment_charge_id: chargeId,
    };
    sim.queue.push({ message: sim.post(chat, 'user', { refunded_payment: refunded }).message as never });
  }
  return true;
};

const getStarTransactions: Method = (sim, params): StarTransactions => {
  const limit = Math.min(100, Math.max(1, params.integer('limit', 100)));
  const all = Object.entries(sim.state.starPayments).flatMap(([id, payment]) => {
    const chat = sim.state.chats[payment.userId];
    const user = chat
      ? sim.wireUser(chat.person)
      : { id: payment.userId, is_bot: false, first_name: 'Deleted Account' };
    const partner: TransactionPartner = {
      type: 'user',
      transaction_type: 'invoice_payment',
      user,
      invoice_payload: payment.payload,
    };
    return [
      { id, amount: payment.total, date: payment.at, source: partner },
      ...(payment.refundedAt === undefined
        ? []
        : [{ id, amount: payment.total, date: payment.refundedAt, receiver: partner }]),
    ];
  });
  // Oldest first, as the service has it.
  return {
    transactions: all
      .toSorted((a, b) => a.date - b.date)
      .slice(params.integer('offset'), params.integer('offset') + limit),
  };
};

export const starMethods: Record<string, Method> = {
  sendinvoice: sendInvoice,
  createinvoicelink: createInvoiceLink,
  answerprecheckoutquery: answerPreCheckoutQuery,
  refundstarpayment: refundStarPayment,
  getstartransactions: getStarTransactions,
};
