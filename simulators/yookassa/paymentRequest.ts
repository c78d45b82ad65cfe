import { invalid } from './errors';
import { newObjectId } from './ids';
import { readAmount } from './money';
import { checkReceipt } from './receipts';
import { readConfirmation, readMetadata, readOptionalText } from './requests';
import { chosenMethod, readMethodType, readSavedMethod, readSaving, savedCard, usedMethod } from './savedMethods';
import type { Shop } from './shop';
import type { StoredPayment } from './store';

export const LEAST_KOPECKS = 100;
const MOST_CARD_KOPECKS = 350_000_00;

/** What `POST /payments` asks for, as a pending payment that nobody knows of yet. @throws ApiError 400 or 403 */
export function readPayment(shop: Shop, body: Record<string, unknown>): StoredPayment {
  const { lenientAmounts, receiptRequired } = shop.faults.on;
  const amountKopecks = readAmount(body['amount'], 'amount', lenientAmounts === true);
  if (amountKopecks < LEAST_KOPECKS || amountKopecks > MOST_CARD_KOPECKS)
    throw invalid('Payment amount is illegal', 'amount.value');
  const ways = ['payment_method_data', 'payment_method_id', 'payment_token'].filter(
    (way) => body[way] !== undefined && body[way] !== null,
  );
  if (ways.length > 1)
    throw invalid('Request should contain only one of: payment_method_data, payment_method_id, payment_token', ways[1]);
  if (body['capture'] !== undefined && typeof body['capture'] !== 'boolean')
    throw invalid('Invalid request parameter', 'capture');
  const confirmation = readConfirmation(body, ways[0]);
  const saved = readSavedMethod(shop, body);
  const saving = readSaving(shop, body);
  const type = saved ? undefined : readMethodType(shop, body);
  const description = readOptionalText(
    body['description'],
    'description',
    128,
    'Description is too long. Max. length is 128',
  );
  const customer = readOptionalText(
    body['merchant_customer_id'],
    'merchant_customer_id',
    200,
    'Invalid request parameter',
  );
  const metadata = readMetadata(body['metadata']);
  const hasReceipt = body['receipt'] !== undefined && body['receipt'] !== null;
  if (hasReceipt || receiptRequired) checkReceipt(shop, body['receipt'], amountKopecks);

  const createdAt = shop.clock.now();
  const payment: StoredPayment = {
    id: newObjectId('payment', createdAt),
    status: 'pending',
    amountKopecks,
    currency: 'RUB',
    ...(description !== undefined && { description }),
    createdAt,
    capture: body['capture'] === true,
    ...(confirmation && { confirmation }),
    metadata,
    ...(customer !== undefined && { merchantCustomerId: customer }),
    saving: saved ? 'no' : saving,
    ...(saved && { savedMethodId: saved.id }),
    refundedKopecks: 0,
    hasReceipt,
    ...(hasReceipt && { receiptRegistration: 'pending' as const }),
  };
  if (type !== undefined) payment.paymentMethod = chosenMethod(payment, type);
  if (saved) payment.paymentMethod = usedMethod(payment, savedCard(saved), { id: saved.id, isSaved: true });
  return payment;
}
