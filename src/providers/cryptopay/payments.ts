import { setTimeout as sleep } from 'node:timers/promises';
import { DAY_MS, HOUR_MS } from '../../domain/duration';
import type { CryptoInvoice } from '../../gateways/cryptopay/answers';
import type { CryptoPayClient } from '../../gateways/cryptopay/client';
import { isGatewayError } from '../../gateways/errors';
import { buildInvoiceRequest, type CryptoInvoiceRequest } from '../../gateways/cryptopay/requests';
import type { Created, PaymentProvider, StoredRequest } from '../port';
import { kopecksOf } from './amounts';
import { findInvoice } from './find';
import { INVOICE_ID } from './label';
import type { ReadInvoice } from './reader';
import { orRefused } from './refused';
import { chargeOf, refundsAmong, stateOf } from './shown';
import { tokenOf } from '../token';
import type { ReadTransfers } from './transfers';

/** As long as a payment is worth waiting for; without an end an invoice could be paid for ever. */
export const LIFE_MS = HOUR_MS;
/** A new invoice may be missing in lists for a moment: after a lost answer they are read so often. */
const LOOKS_IN_DOUBT = 3;

export interface PaymentDeps {
  readonly client: CryptoPayClient;
  readonly read: ReadInvoice;
  readonly transfers: ReadTransfers;
  readonly now: () => Date;
  /** Between two looks, in ms. */
  readonly lookAgainMs: number;
}

export function createPayments({
  client,
  read,
  transfers,
  now,
  lookAgainMs,
}: PaymentDeps): Pick<PaymentProvider, 'paymentRequest' | 'create' | 'check' | 'close'> {
  /** Keys of calls whose outcome this process does not know. */
  const doubtful = new Set<string>();

  async function find({ key, body, firstSentAt }: StoredRequest): Promise<CryptoInvoice | undefined> {
    const looks = doubtful.has(key) ? LOOKS_IN_DOUBT : 1;
    const { payload } = body as unknown as CryptoInvoiceRequest;
    for (let look = 1; ; look += 1) {
      const found = await findInvoice(client, payload, {
        since: new Date(firstSentAt.getTime() - DAY_MS),
        // Only active and paid ones can be asked for; those that have ended are in the list of all.
        isEnded: now().getTime() - firstSentAt.getTime() > LIFE_MS,
      });
      if (found !== undefined || look === looks) return found;
      await sleep(lookAgainMs);
    }
  }

  return {
    paymentRequest(order) {
      return {
        ...buildInvoiceRequest({
          kopecks: kopecksOf(order.price),
          description: order.title,
          payload: tokenOf(order),
          lifeSeconds: LIFE_MS / 1000,
          backUrl: order.returnUrl,
        }),
      };
    },

    // There is no key that a repeat could be known by. Never broken off: what is asked for may be made all the same.
    create: (request) =>
      orRefused(
        (async (): Promise<Created> => {
          const found = await find(request);
          if (found !== undefined) {
            doubtful.delete(request.key);
            return createdOf(found, new Date(request.firstSentAt.getTime() + LIFE_MS));
          }
          try {
            const made = await client.createInvoice(request.body as unknown as CryptoInvoiceRequest);
            doubtful.delete(request.key);
            return createdOf(made, new Date(now().getTime() + LIFE_MS));
          } catch (error) {
            if (isGatewayError(error) && error.kind === 'unknown-outcome') doubtful.add(request.key);
            throw error;
          }
        })(),
      ),

    async check(ref, signal) {
      if (!INVOICE_ID.test(ref)) return { state: 'unknown' };
      const invoice = await read(ref, signal);
      if (invoice === undefined) return { state: 'unknown' };
      if (invoice.status !== 'paid') return stateOf(invoice);
      return { state: 'paid', charges: [chargeOf(invoice, refundsAmong(await transfers(signal), invoice))] };
    },

    async close(ref, signal) {
      try {
        await client.deleteInvoice(ref);
      } catch (error) {
        // It has ended, is unknown, or was paid: that says the invoice itself.
        if (!isGatewayError(error) || error.kind !== 'refused' || error.status !== 400) throw error;
      }
      return (await read(ref, signal))?.status === 'paid' ? 'paid' : 'closed';
    },
  };
}

function createdOf(invoice: CryptoInvoice, payableUntil: Date): Created {
  const { id, status, payUrl } = invoice;
  return {
    outcome: 'created',
    ref: id,
    show: status === 'active' && payUrl !== undefined ? { kind: 'url', url: payUrl } : { kind: 'none' },
    payableUntil,
  };
}
