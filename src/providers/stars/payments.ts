import { HOUR_MS } from '../../domain/duration';
import type { Money } from '../../domain/money';
import type { Invoice, PaymentProvider } from '../port';
import { tokenOf } from '../token';
import type { StarsDeps } from './index';
import { chargeOf } from './shown';

/** Telegram ends no invoice: this is how long the shop lets one be paid. */
const PAYABLE_MS = HOUR_MS;

/** There is nothing to make: the invoice is what the bot sends, and its payload is the payment's ref. */
export function createPayments({
  charges,
}: Pick<StarsDeps, 'charges'>): Pick<PaymentProvider, 'paymentRequest' | 'create' | 'check'> {
  return {
    paymentRequest(order) {
      starsOf(order.price);
      const invoice: Invoice = {
        title: order.title,
        description: order.title,
        payload: tokenOf(order),
        price: order.price,
      };
      return { ...invoice };
    },

    async create({ body, firstSentAt }) {
      const invoice = body as unknown as Invoice;
      return {
        outcome: 'created',
        ref: invoice.payload,
        show: { kind: 'invoice', invoice },
        payableUntil: new Date(firstSentAt.getTime() + PAYABLE_MS),
      };
    },

    async check(ref) {
      const [first, ...others] = (await charges.ofRef(ref)).map(chargeOf);
      return first === undefined ? { state: 'open' } : { state: 'paid', charges: [first, ...others] };
    },
  };
}

/** @throws RangeError for another currency */
export function starsOf({ currency, minor }: Money): number {
  if (currency !== 'XTR') throw new RangeError(`Telegram Stars are XTR, not ${currency}`);
  return minor;
}
