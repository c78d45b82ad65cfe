import type { CryptoTransfer } from '../../gateways/cryptopay/answers';
import type { CryptoPayClient } from '../../gateways/cryptopay/client';
import { isGatewayError } from '../../gateways/errors';
import { buildTransferRequest, type CryptoTransferRequest } from '../../gateways/cryptopay/requests';
import type { PaymentProvider, Refused, StoredRefundRequest } from '../port';
import { kopecksOf, moneyOf, partOf, writeMoney } from './amounts';
import { INVOICE_ID } from './label';
import type { ReadInvoice } from './reader';
import { orRefused, refusedBy } from './refused';
import { refundedMinor, refundsAmong, shownRefund } from './shown';
import { readSpendId, spendIdOf, type ReadTransfers } from './transfers';

/** What `refund` sends, but for the asset and how much of it: that is known when it was paid. */
interface TransferPlan {
  readonly userId: number;
  readonly kopecks: number;
  readonly comment: string;
}

export function createRefunds({
  client,
  read,
  transfers,
}: {
  readonly client: CryptoPayClient;
  readonly read: ReadInvoice;
  readonly transfers: ReadTransfers;
}): Pick<PaymentProvider, 'refundRequest' | 'refund' | 'checkRefund' | 'refundsOf'> {
  async function refund({ ref, attempt, body }: StoredRefundRequest, signal?: AbortSignal) {
    const invoice = await read(ref, signal);
    if (invoice?.paid?.asset === undefined || invoice.paid.amount === undefined) return NOT_PAID;
    const spendId = spendIdOf(ref, attempt);
    const of = { invoice, attempt, spendId };
    const plan = body as unknown as TransferPlan;
    const before = refundsAmong(await transfers(signal), invoice);
    const made = before.find((one) => one.attempt === attempt) ?? (await found(spendId, of, signal));
    if (made !== undefined) return made;
    const price = moneyOf(invoice);
    if (refundedMinor(before) + plan.kopecks > price.minor) return TOO_MUCH;
    const { asset, amount } = invoice.paid;
    return transfer(
      buildTransferRequest({
        userId: plan.userId,
        asset,
        amount: partOf(amount, { ...price, minor: plan.kopecks }, price),
        spendId,
        comment: plan.comment,
      }),
      of,
    );
  }

  async function transfer(request: CryptoTransferRequest, of: Parameters<typeof shownRefund>[1]) {
    try {
      // Never broken off: what is asked for may be made all the same.
      return shownRefund(await client.transfer(request), of);
    } catch (error) {
      if (!isGatewayError(error) || error.kind !== 'refused') throw error;
      // A repeat is refused, too, under a name that nobody has published.
      return (await found(of.spendId, of)) ?? refusedBy(error);
    }
  }

  async function found(spendId: string, of: Parameters<typeof shownRefund>[1], signal?: AbortSignal) {
    const known: CryptoTransfer | undefined = await client.getTransfer(spendId, signal);
    return known && shownRefund(known, of);
  }

  return {
    refundRequest({ amount, payerId, description }) {
      const plan: TransferPlan = {
        userId: payerId,
        kopecks: kopecksOf(amount),
        comment: `${description} (${writeMoney(amount)})`,
      };
      return { ...plan };
    },

    refund: (request, signal) => orRefused(refund(request, signal)),

    async checkRefund(refundRef, signal) {
      const of = readSpendId(refundRef);
      const invoice = of && (await read(of.ref, signal));
      return of && invoice && found(refundRef, { invoice, attempt: of.attempt, spendId: refundRef }, signal);
    },

    async refundsOf(ref, signal) {
      const invoice = INVOICE_ID.test(ref) ? await read(ref, signal) : undefined;
      return invoice?.status === 'paid' ? refundsAmong(await transfers(signal), invoice) : [];
    },
  };
}

const refusedAs = (code: string): Refused => ({
  outcome: 'refused',
  why: 'order',
  said: { status: null, code, parameter: null },
});
/** It can't be read what was paid, if it was: a person has to look. */
const NOT_PAID = refusedAs('nothing-paid');
const TOO_MUCH = refusedAs('more-than-paid');
