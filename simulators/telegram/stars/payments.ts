import { randomBytes, randomInt } from 'node:crypto';
import { badRequest, ControlFailure } from '../failure';
import type { TelegramSim } from '../sim';
import type { Chat } from '../state';
import { addChargeRow, addRefundRow } from './ledger';
import type { Attempt, Charge, StoredInvoice } from './state';

/** A pre-checkout query must be answered within 10 s (source: Bot API reference, answerPreCheckoutQuery). */
const PRE_CHECKOUT_MS = 10_000;
const QUERY_TOO_OLD = 'query is too old and response timeout expired or query ID is invalid';

export interface PayOptions {
  /** The message the invoice came in. */
  readonly messageId?: number;
  /** The payer taps a forwarded copy of the message that this other person got. */
  readonly copyOf?: number;
  readonly link?: string;
  readonly leavesAfterApproval?: boolean;
}

/** What the payer's app shows now. */
export function look(sim: TelegramSim, attempt: Attempt): Attempt {
  if (attempt.outcome === 'waiting' && sim.clock.now() - attempt.at > PRE_CHECKOUT_MS) attempt.outcome = 'timed-out';
  return attempt;
}

/** Confirms an invoice: the bot is asked first (`pre_checkout_query`), and no Stars move before it says yes. */
export function pay(sim: TelegramSim, chat: Chat, options: PayOptions): { preCheckoutQueryId: string } {
  const { stars } = sim.state;
  const [slug, invoice] = findInvoice(sim, chat.person.id, options);
  if (isSpent(invoice)) throw new ControlFailure(409, 'INVOICE_ALREADY_PAID');
  const purse = stars.purses[chat.person.id];
  // The app offers to buy Stars first; the bot hears nothing.
  if (purse !== undefined && purse < invoice.total) throw new ControlFailure(409, 'the payer has not enough Stars');
  const queryId = `${chat.person.id}${randomInt(1e9, 1e10)}`;
  stars.attempts[queryId] = {
    userId: chat.person.id,
    slug,
    at: sim.clock.now(),
    outcome: 'waiting',
    ...(options.leavesAfterApproval === true && { leavesAfterApproval: true }),
  };
  sim.changed();
  sim.queue.push({
    pre_checkout_query: {
      id: queryId,
      from: sim.wireUser(chat.person),
      currency: 'XTR',
      total_amount: invoice.total,
      invoice_payload: invoice.payload,
    },
  });
  return { preCheckoutQueryId: queryId };
}

/**
 * Links are paid any number of times by anybody, and so is a message without a start parameter, by its forwarded
 * copies, too. One with a start parameter is paid once and by its addressee (source: Bot API reference, sendInvoice).
 */
function findInvoice(sim: TelegramSim, userId: number, options: PayOptions): [string, StoredInvoice] {
  const { messageId, copyOf, link } = options;
  const found = Object.entries(sim.state.stars.invoices).find(([slug, invoice]) =>
    link === undefined
      ? invoice.userId === (copyOf ?? userId) && invoice.messageId === messageId
      : link === `https://t.me/$${slug}`,
  );
  if (!found) throw new ControlFailure(404, 'there is no such invoice');
  if (copyOf !== undefined && found[1].startParameter !== '')
    throw new ControlFailure(409, 'a copy of this message has a link to the bot instead of a Pay button');
  if (link === undefined && copyOf === undefined) {
    const chat = sim.state.chats[userId];
    if (!chat || !sim.find(chat, messageId ?? 0)) throw new ControlFailure(404, 'the message was deleted');
  }
  return found;
}

function isSpent(invoice: StoredInvoice): boolean {
  return invoice.messageId !== undefined && invoice.startParameter !== '' && invoice.paid > 0;
}

/** `answerPreCheckoutQuery`. @throws ApiFailure 400 for a late, repeated or unknown query */
export function answerQuery(sim: TelegramSim, queryId: string, ok: boolean, errorMessage: string): void {
  const attempt = sim.state.stars.attempts[queryId];
  if (attempt && sim.faults.current.expirePreCheckouts && attempt.outcome === 'waiting') attempt.outcome = 'timed-out';
  if (!attempt || look(sim, attempt).outcome !== 'waiting') throw badRequest(QUERY_TOO_OLD);
  // The query stays open: its 10 s go on.
  if (!ok && errorMessage === '') throw badRequest('parameter "error_message" is required');
  sim.changed();
  if (!ok) return void Object.assign(attempt, { outcome: 'refused', say: errorMessage });
  if (attempt.leavesAfterApproval) attempt.outcome = 'left';
  else charge(sim, attempt);
}

/** Takes the Stars, and tells the bot as the faults have it; a ledger row there is in any case. */
function charge(sim: TelegramSim, attempt: Attempt): void {
  const { stars } = sim.state;
  const invoice = stars.invoices[attempt.slug]!;
  // Another device of the same person was faster.
  if (isSpent(invoice)) return void (attempt.outcome = 'already-paid');
  // In production some are longer than 128 characters.
  const chargeId = `stx${randomBytes(112).toString('base64url')}`;
  const { userId } = attempt;
  const made: Charge = { userId, total: invoice.total, payload: invoice.payload, at: sim.nowSeconds() };
  stars.charges[chargeId] = made;
  invoice.paid += 1;
  const purse = stars.purses[userId];
  if (purse !== undefined) stars.purses[userId] = purse - invoice.total;
  Object.assign(attempt, { outcome: 'paid', chargeId });
  addChargeRow(sim, chargeId, made);
  const { starUpdateDelayMs } = sim.faults.current;
  if (sim.faults.losesStarUpdate()) return;
  if (starUpdateDelayMs) sim.clock.at(sim.clock.now() + starUpdateDelayMs, () => tellPaid(sim, chargeId));
  else tellPaid(sim, chargeId);
}

/** The update `successful_payment`; once more, under another id, for a charge that was told already. */
export function tellPaid(sim: TelegramSim, chargeId: string): void {
  const { userId, total, payload } = findCharge(sim, chargeId);
  const chat = sim.state.chats[userId];
  if (!chat) return;
  const { message } = sim.post(chat, 'user', {
    successful_payment: {
      currency: 'XTR',
      total_amount: total,
      invoice_payload: payload,
      telegram_payment_charge_id: chargeId,
      // Nobody has published what it holds for Stars.
      provider_payment_charge_id: '',
    },
  });
  sim.queue.push({ message: message as never });
}

/** Stars go back: by the bot's call, by Telegram's support, or because an app store took them back. */
export function refund(sim: TelegramSim, chargeId: string, { isTold }: { readonly isTold: boolean }): void {
  const found = findCharge(sim, chargeId);
  found.refundedAt = sim.nowSeconds();
  addRefundRow(sim, chargeId, found);
  const purse = sim.state.stars.purses[found.userId];
  if (purse !== undefined) sim.state.stars.purses[found.userId] = purse + found.total;
  const chat = sim.state.chats[found.userId];
  if (!chat || !isTold) return;
  const refunded = {
    currency: 'XTR' as const,
    total_amount: found.total,
    invoice_payload: found.payload,
    telegram_payment_charge_id: chargeId,
  };
  sim.queue.push({ message: sim.post(chat, 'user', { refunded_payment: refunded }).message as never });
}

/** @throws ControlFailure 404 */
export function findCharge(sim: TelegramSim, chargeId: string): Charge {
  const found = sim.state.stars.charges[chargeId];
  if (!found) throw new ControlFailure(404, `no charge ${chargeId}`);
  return found;
}
