import type { Api } from 'grammy';
import { z } from 'zod';
import { GatewayError } from '../errors';
import { cut } from '../text';
import { classifyTelegramError } from './classify';
import type { SendOutcome } from './gateway';
import { messageIdOf } from './messageId';
import { starRow, type StarPage } from './starRows';

/** Limits of invoices (Bot API reference, sendInvoice); the largest price is measured, not documented. */
const STAR_LIMITS = { title: 32, description: 255, payloadBytes: 128, most: 100_000 } as const;

/** An invoice in Telegram Stars. Nothing ends it: neither a time nor a call; only a refusal before the payment does. */
export interface StarInvoice {
  /** Cut to 32 characters. */
  readonly title: string;
  /** Cut to 255 characters. */
  readonly description: string;
  /** Our token, 1 to 128 bytes; the payer does not see it. It is no key: each payment has a charge id of its own. */
  readonly payload: string;
  /** Whole Stars. */
  readonly stars: number;
}

/**
 * Payments in Telegram Stars (Bot API reference, payments). Every method throws GatewayError, as `TelegramGateway`
 * says.
 */
export interface TelegramStars {
  /**
   * Sends an invoice that its addressee can pay once; copies of it lead to the bot.
   * @param to `startParameter`: what the bot is started with from a copy, 1 to 64 characters
   */
  sendInvoice(
    to: { readonly chatId: number; readonly startParameter: string },
    invoice: StarInvoice,
  ): Promise<SendOutcome>;
  /** A link that anybody can pay, any number of times. */
  createInvoiceLink(invoice: StarInvoice): Promise<string>;
  /**
   * Answers right before the Stars move; within 10 s, or the payment is off.
   * @param refusal what the payer reads; `undefined` lets them pay
   * @returns `too-late`: nobody waits for it any more, or it was answered before
   */
  answerPreCheckout(queryId: string, refusal: string | undefined): Promise<'answered' | 'too-late'>;
  /**
   * Gives all Stars of a charge back. A repeat does no harm.
   * @param of `payerId`: who has paid, which need not be who ordered
   */
  refundCharge(of: { readonly payerId: number; readonly chargeId: string }): Promise<'refunded' | 'already-refunded'>;
  /** Up to 100 rows of the bot's ledger from number `offset` on, oldest first. */
  transactions(offset: number): Promise<StarPage>;
  /** How many Stars the bot has. */
  balance(): Promise<number>;
}

/** Rows of one call, the most that Telegram gives. */
export const STAR_ROWS_PER_CALL = 100;

const ALREADY_REFUNDED = 'charge-already-refunded';
const transactionsAnswer = z.object({ transactions: z.array(z.unknown()) });
const balanceAnswer = z.object({ amount: z.number().int() });

export function createTelegramStars(api: Api): TelegramStars {
  async function call<T>(operation: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      const verdict = classifyTelegramError(error, operation);
      throw verdict.kind === 'failed' ? verdict.error : refusedAs(operation, verdict.kind);
    }
  }

  return {
    async sendInvoice({ chatId, startParameter }, invoice) {
      const { title, description, payload, prices } = wireInvoice(invoice);
      if (startParameter === '') throw new RangeError('copies of an invoice without a start parameter can be paid');
      try {
        const other = { start_parameter: startParameter };
        const sent = await api.sendInvoice(chatId, title, description, payload, 'XTR', prices, other);
        return { outcome: 'sent', messageId: messageIdOf('sendInvoice', sent) };
      } catch (error) {
        if (error instanceof GatewayError) throw error;
        const verdict = classifyTelegramError(error, 'sendInvoice');
        if (verdict.kind === 'unreachable-user') return { outcome: 'unreachable-user', reason: verdict.reason };
        throw verdict.kind === 'failed' ? verdict.error : refusedAs('sendInvoice', verdict.kind);
      }
    },

    async createInvoiceLink(invoice) {
      const { title, description, payload, prices } = wireInvoice(invoice);
      const link: unknown = await call('createInvoiceLink', () =>
        api.createInvoiceLink(title, description, payload, '', 'XTR', prices),
      );
      const read = z.url({ protocol: /^https$/ }).safeParse(link);
      if (!read.success) throw unreadable('createInvoiceLink');
      return read.data;
    },

    async answerPreCheckout(queryId, refusal) {
      try {
        await (refusal === undefined
          ? api.answerPreCheckoutQuery(queryId, true)
          : api.answerPreCheckoutQuery(queryId, false, { error_message: refusal }));
        return 'answered';
      } catch (error) {
        const verdict = classifyTelegramError(error, 'answerPreCheckoutQuery');
        if (verdict.kind === 'too-late') return 'too-late';
        throw verdict.kind === 'failed' ? verdict.error : refusedAs('answerPreCheckoutQuery', verdict.kind);
      }
    },

    async refundCharge({ payerId, chargeId }) {
      try {
        await call('refundStarPayment', () => api.refundStarPayment(payerId, chargeId));
        return 'refunded';
      } catch (error) {
        if (error instanceof GatewayError && error.code === ALREADY_REFUNDED) return 'already-refunded';
        throw error;
      }
    },

    async transactions(offset) {
      const answer: unknown = await call('getStarTransactions', () =>
        api.getStarTransactions({ offset, limit: STAR_ROWS_PER_CALL }),
      );
      const read = transactionsAnswer.safeParse(answer);
      if (!read.success) throw unreadable('getStarTransactions');
      return { rows: read.data.transactions.map(starRow), count: read.data.transactions.length };
    },

    async balance() {
      const read = balanceAnswer.safeParse(await call('getMyStarBalance', () => api.getMyStarBalance()));
      if (!read.success) throw unreadable('getMyStarBalance');
      return read.data.amount;
    },
  };
}

/** @throws RangeError when Telegram would refuse the invoice because of a mistake of the shop */
function wireInvoice({ title, description, payload, stars }: StarInvoice) {
  if (!Number.isSafeInteger(stars) || stars < 1 || stars > STAR_LIMITS.most)
    throw new RangeError(`an invoice is of 1 to ${STAR_LIMITS.most} Stars, not ${stars}`);
  if (payload === '' || Buffer.byteLength(payload) > STAR_LIMITS.payloadBytes)
    throw new RangeError('a payload has 1 to 128 bytes');
  const cutTitle = cut(title, STAR_LIMITS.title);
  return {
    title: cutTitle,
    description: cut(description, STAR_LIMITS.description),
    payload,
    prices: [{ label: cutTitle, amount: stars }],
  };
}

function refusedAs(operation: string, code: string): GatewayError {
  const message = `telegram ${operation}: refused as ${code}`;
  return new GatewayError(message, { service: 'telegram', kind: 'refused', operation, code });
}

function unreadable(operation: string): GatewayError {
  const message = `telegram ${operation}: unreadable answer`;
  return new GatewayError(message, { service: 'telegram', kind: 'unknown-outcome', operation, status: 200 });
}
