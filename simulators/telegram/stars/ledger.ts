import type { AffiliateInfo, StarTransaction, TransactionPartner, User } from '@grammyjs/types';
import type { TelegramSim } from '../sim';
import type { Charge, LedgerRow } from './state';

/** Who paid or got Stars. */
export function partnerUser(sim: TelegramSim, userId: number): User {
  const chat = sim.state.chats[userId];
  return chat ? sim.wireUser(chat.person) : { id: userId, is_bot: false, first_name: 'Deleted Account' };
}

/** Puts a row at the end; `starRowLagMs` keeps it out of sight for a while. */
export function addRow(
  sim: TelegramSim,
  row: Pick<LedgerRow, 'id' | 'direction' | 'amount' | 'partner'> & { readonly unreadable?: true },
): void {
  const now = sim.clock.now();
  sim.state.stars.rows.push({
    ...row,
    date: sim.nowSeconds(),
    visibleAt: now + (sim.faults.current.starRowLagMs ?? 0),
  });
  sim.changed();
}

/** The row of a payment. With an affiliate program the row is net of the commission. */
export function addChargeRow(sim: TelegramSim, chargeId: string, { userId, total, payload }: Charge): void {
  const perMille = sim.faults.current.starAffiliatePerMille ?? 0;
  const commission = Math.floor((total * perMille) / 1000);
  const affiliate: AffiliateInfo = { commission_per_mille: perMille, amount: commission };
  const partner: TransactionPartner = {
    type: 'user',
    transaction_type: 'invoice_payment',
    user: partnerUser(sim, userId),
    invoice_payload: payload,
    ...(perMille > 0 && { affiliate }),
  };
  addRow(sim, { id: chargeId, direction: 'in', amount: total - commission, partner });
}

/**
 * The row of a refund: the id of the payment, the receiver in place of the source, and a positive amount (source: Bot
 * API reference, StarTransaction). A row without a title is labelled as paid media, with the payload in another field
 * (source: TDLib, StarManager), which is a switch here.
 */
export function addRefundRow(sim: TelegramSim, chargeId: string, { userId, total, payload }: Charge): void {
  const asMedia = sim.faults.current.refundRowAsPaidMedia === true;
  const partner: TransactionPartner = {
    type: 'user',
    transaction_type: asMedia ? 'paid_media_payment' : 'invoice_payment',
    user: partnerUser(sim, userId),
    ...(asMedia ? { paid_media_payload: payload } : { invoice_payload: payload }),
  };
  addRow(sim, { id: chargeId, direction: 'out', amount: total, partner });
}

/**
 * A page of the bot's whole life, oldest first. `offset` counts rows, those that the server can't read included, so a
 * short page is no proof of the end (source: TDLib, StarManager).
 */
export function transactions(sim: TelegramSim, offset: number, limit: number): StarTransaction[] {
  const visible = sim.state.stars.rows
    .filter((row) => row.visibleAt <= sim.clock.now())
    .toSorted((a, b) => a.visibleAt - b.visibleAt);
  return visible
    .slice(offset, offset + limit)
    .filter((row) => !row.unreadable)
    .map(({ id, amount, date, direction, partner }) => ({
      id,
      amount,
      date,
      ...(direction === 'in' ? { source: partner } : { receiver: partner }),
    }));
}

/** What the bot has: everything that came in, less what went out. */
export function balance(sim: TelegramSim): number {
  return sim.state.stars.rows.reduce((sum, row) => sum + (row.direction === 'in' ? row.amount : -row.amount), 0);
}
