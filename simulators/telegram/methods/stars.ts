import type { StarAmount, StarTransactions } from '@grammyjs/types';
import { badRequest } from '../failure';
import { balance, transactions } from '../stars/ledger';
import { answerQuery, refund } from '../stars/payments';
import { required } from './invoices';
import type { Method } from './method';

const answerPreCheckoutQuery: Method = (sim, params) => {
  answerQuery(sim, params.text('pre_checkout_query_id'), params.flag('ok'), params.text('error_message'));
  return true;
};

/** In full and once; a second call says so, which makes a repeat after a lost answer safe. */
const refundStarPayment: Method = (sim, params) => {
  if (params.integer('user_id') <= 0) throw badRequest('invalid user_id specified');
  const chargeId = required(params, 'telegram_payment_charge_id');
  const { refundUnknownError, starBalanceTooLow, refundWithoutUpdate } = sim.faults.current;
  const charge = sim.state.stars.charges[chargeId];
  // What the server says of a charge that is unknown or another person's is not documented.
  if (!charge || String(charge.userId) !== params.text('user_id'))
    throw badRequest(refundUnknownError ?? 'CHARGE_ID_EMPTY');
  if (charge.refundedAt !== undefined) throw badRequest('CHARGE_ALREADY_REFUNDED');
  if (starBalanceTooLow) throw badRequest('BALANCE_TOO_LOW');
  refund(sim, chargeId, { isTold: refundWithoutUpdate !== true });
  return true;
};

/** Offset and limit are put into their bounds, not refused (source: tdlib/telegram-bot-api). */
const getStarTransactions: Method = (sim, params): StarTransactions => ({
  transactions: transactions(
    sim,
    Math.max(0, params.integer('offset')),
    Math.min(100, Math.max(1, params.integer('limit', 100))),
  ),
});

const getMyStarBalance: Method = (sim): StarAmount => ({ amount: balance(sim) });

export const starMethods: Record<string, Method> = {
  answerprecheckoutquery: answerPreCheckoutQuery,
  refundstarpayment: refundStarPayment,
  getstartransactions: getStarTransactions,
  getmystarbalance: getMyStarBalance,
};
