import { cut } from '../text';
import { isDecimal, minorToDecimal } from './decimal';

/** Limits of the API (Crypto Pay docs, createInvoice and transfer); a request beyond them is refused with 400. */
const CRYPTO_PAY_LIMITS = {
  descriptionLength: 1024,
  payloadBytes: 4096,
  longestLifeSeconds: 2_678_400,
  spendIdLength: 64,
  commentLength: 1024,
} as const;

/** Ids that one getInvoices takes. */
export const INVOICES_PER_CALL = 1000;

/** Body of `createInvoice`. There is no idempotency key: look for `payload` before a second one is made. */
export interface CryptoInvoiceRequest {
  readonly currency_type: 'fiat';
  readonly fiat: string;
  readonly amount: string;
  readonly description: string;
  readonly payload: string;
  readonly expires_in: number;
  readonly allow_comments: boolean;
  readonly paid_btn_name?: 'callback';
  readonly paid_btn_url?: string;
}

export interface InvoiceRequestInput {
  /** Of roubles, in kopecks: Crypto Pay says at paying what that is in an asset. */
  readonly kopecks: number;
  /** What the buyer reads; cut to 1024 characters. */
  readonly description: string;
  /** Our token; it comes back with the invoice and in notifications. */
  readonly payload: string;
  /** Until then it can be paid. Without an end an invoice would stay payable for ever. */
  readonly lifeSeconds: number;
  /** Where a button of the paid invoice leads back to. */
  readonly backUrl?: string | undefined;
}

/** @throws RangeError when Crypto Pay would refuse the request because of a mistake of the shop */
export function buildInvoiceRequest(input: InvoiceRequestInput): CryptoInvoiceRequest {
  const { lifeSeconds, payload, backUrl } = input;
  if (input.kopecks < 1) throw new RangeError(`nothing to pay: ${input.kopecks} kopecks`);
  if (!Number.isSafeInteger(lifeSeconds) || lifeSeconds < 1 || lifeSeconds > CRYPTO_PAY_LIMITS.longestLifeSeconds)
    throw new RangeError(`an invoice lives 1 to ${CRYPTO_PAY_LIMITS.longestLifeSeconds} seconds, not ${lifeSeconds}`);
  if (payload === '' || Buffer.byteLength(payload) > CRYPTO_PAY_LIMITS.payloadBytes)
    throw new RangeError('a payload has 1 to 4096 bytes');
  return {
    currency_type: 'fiat',
    fiat: 'RUB',
    amount: minorToDecimal(input.kopecks, 2),
    description: cut(input.description, CRYPTO_PAY_LIMITS.descriptionLength),
    payload,
    expires_in: lifeSeconds,
    // What payers write there would be kept by nobody.
    allow_comments: false,
    ...(backUrl !== undefined && { paid_btn_name: 'callback', paid_btn_url: backUrl }),
  };
}

/** Body of `transfer`: money out of the app's balance to somebody who has opened @CryptoBot. */
export interface CryptoTransferRequest {
  readonly user_id: number;
  readonly asset: string;
  readonly amount: string;
  readonly spend_id: string;
  readonly comment?: string;
}

export interface TransferRequestInput {
  /** Telegram's id of whoever gets the money. */
  readonly userId: number;
  readonly asset: string;
  /** Decimal as text, in `asset`. */
  readonly amount: string;
  /** Accepted once for ever: a second transfer with it is refused. */
  readonly spendId: string;
  /** What the receiver reads; cut to 1024 characters. */
  readonly comment?: string | undefined;
}

/** @throws RangeError as {@link buildInvoiceRequest} */
export function buildTransferRequest(input: TransferRequestInput): CryptoTransferRequest {
  const { userId, asset, amount, spendId, comment } = input;
  if (!Number.isSafeInteger(userId) || userId < 1) throw new RangeError(`not a Telegram id: ${userId}`);
  if (!isDecimal(amount) || !/[1-9]/.test(amount)) throw new RangeError(`nothing to transfer: ${amount}`);
  if (spendId === '' || spendId.length > CRYPTO_PAY_LIMITS.spendIdLength)
    throw new RangeError('a spend_id has 1 to 64 characters');
  return {
    user_id: userId,
    asset,
    amount,
    spend_id: spendId,
    ...(comment !== undefined && { comment: cut(comment, CRYPTO_PAY_LIMITS.commentLength) }),
  };
}
