import type { TransactionPartner } from '@grammyjs/types';
import { randomBytes } from 'node:crypto';
import { ControlFailure } from '../failure';
import type { TelegramSim } from '../sim';
import { addRow, balance, partnerUser } from './ledger';
import { findCharge, look, refund, tellPaid } from './payments';

interface StarBody {
  /** Whether the bot gets `refunded_payment`; yes unless told. */
  readonly isTold?: boolean;
  readonly kind?: string;
  readonly amount?: number;
  readonly userId?: number;
  readonly payload?: string;
  readonly state?: string;
}

/** The `/_sim/stars/` endpoints: what Telegram, its support and the app stores do with Stars. */
export function starsControl(sim: TelegramSim, path: string, body: StarBody): unknown {
  const { stars } = sim.state;
  const [method = '', , , area = '', id = '', action = ''] = path.split('/');
  switch (`${method.trim()} ${area}${action === '' ? '' : `/:id/${action}`}`) {
    case 'GET ':
      return { ...stars, balance: balance(sim) };
    case 'GET attempts': {
      const attempt = stars.attempts[id];
      if (!attempt) throw new ControlFailure(404, `no attempt ${id}`);
      return look(sim, attempt);
    }
    case 'POST charges/:id/refund': {
      if (findCharge(sim, id).refundedAt !== undefined) throw new ControlFailure(409, 'it was refunded already');
      refund(sim, id, { isTold: body.isTold !== false });
      return findCharge(sim, id);
    }
    case 'POST charges/:id/deliver':
      return (tellPaid(sim, id), { ok: true });
    case 'POST rows':
      return addForeignRow(sim, body);
    case 'PUT rows':
      return settleWithdrawal(sim, id, body.state);
    case 'PUT purses':
      if (!Number.isSafeInteger(body.amount) || Number(body.amount) < 0)
        throw new ControlFailure(400, 'amount: a number of Stars is expected');
      stars.purses[id] = Number(body.amount);
      sim.changed();
      return stars.purses;
    default:
      throw new ControlFailure(404, `no ${path}`);
  }
}

const PARTNERS: Readonly<Record<string, (sim: TelegramSim, body: StarBody) => TransactionPartner>> = {
  withdrawal: () => ({ type: 'fragment', withdrawal_state: { type: 'pending' } }),
  ads: () => ({ type: 'telegram_ads' }),
  other: () => ({ type: 'other' }),
  premium: (sim, { userId = 1 }) => ({
    type: 'user',
    transaction_type: 'premium_purchase',
    user: partnerUser(sim, userId),
    premium_subscription_duration: 3,
  }),
  /** A payment from before the shop, or of another system that sells through the same bot. */
  payment: (sim, { userId = 1, payload = 'not-ours' }) => ({
    type: 'user',
    transaction_type: 'invoice_payment',
    user: partnerUser(sim, userId),
    invoice_payload: payload,
  }),
  unreadable: () => ({ type: 'other' }),
};
const INCOMING = ['payment', 'other', 'unreadable'];

/** A row that is no payment to this shop. */
function addForeignRow(sim: TelegramSim, body: StarBody): { id: string } {
  const { kind = 'other', amount = 1000 } = body;
  const partner = PARTNERS[kind];
  if (!partner) throw new ControlFailure(400, `kind: one of ${Object.keys(PARTNERS).join(', ')} is expected`);
  const id = randomBytes(24).toString('base64url');
  addRow(sim, {
    id,
    amount,
    direction: INCOMING.includes(kind) ? 'in' : 'out',
    partner: partner(sim, body),
    ...(kind === 'unreadable' && { unreadable: true }),
  });
  return { id };
}

/** A withdrawal changes in place, and one that failed brings the Stars back in a row of its own. */
function settleWithdrawal(sim: TelegramSim, id: string, state: string | undefined): unknown {
  const row = sim.state.stars.rows.find((known) => known.id === id && known.partner.type === 'fragment');
  if (!row) throw new ControlFailure(404, `no withdrawal ${id}`);
  if (state !== 'succeeded' && state !== 'failed')
    throw new ControlFailure(400, 'state: succeeded or failed is expected');
  row.partner = {
    type: 'fragment',
    withdrawal_state:
      state === 'failed'
        ? { type: 'failed' }
        : { type: 'succeeded', date: sim.nowSeconds(), url: 'https://fragment.com/tx/1' },
  };
  if (state === 'failed') addRow(sim, { id, amount: row.amount, direction: 'in', partner: { type: 'fragment' } });
  sim.changed();
  return row;
}
