import { DEFAULT_CARD, findCard, type TestCard } from './cards';
import { ApiError, invalid } from './errors';
import type { Shop } from './shop';
import type { StoredMethod, StoredPayment } from './store';

type Body = Record<string, unknown>;

/** What a buyer may be asked to pay with (YooKassa API specification, payment_method_data). */
const TYPES = [
  'bank_card',
  'sbp',
  'yoo_money',
  'sberbank',
  'tinkoff_bank',
  'sber_loan',
  'sber_bnpl',
  'mobile_balance',
  'cash',
  'b2b_sberbank',
  'electronic_certificate',
];
/** Reasons that are YooKassa's own decision; all others come from the bank. */
const DECIDED_BY_YOOKASSA = ['permission_revoked', 'country_forbidden', 'internal_timeout', 'rejected_by_timeout'];

/** The saved method that is to be charged. @throws ApiError 400 for an unknown or unsaved one, 403 without the right */
export function readSavedMethod(shop: Shop, body: Body): StoredMethod | undefined {
  const id = body['payment_method_id'];
  if (id === undefined || id === null) return undefined;
  if (shop.faults.on.savingForbidden) throw new ApiError(403, 'forbidden', 'Forbidden to use payment method');
  const method = typeof id === 'string' ? shop.store.methods.get(id) : undefined;
  if (method) return method;
  const exists = [...shop.store.payments.values()].some((payment) => payment.paymentMethod?.['id'] === id);
  throw invalid(exists ? 'Payment method is not saved' : 'Payment method is not found', 'payment_method_id');
}

/**
 * Three modes (YooKassa docs, recurring payments): `true` saves without asking, `false` never saves, and without the
 * field a checkbox on the page asks the buyer, where the shop has that option. A live shop needs a manager's approval.
 */
export function readSaving(shop: Shop, body: Body): StoredPayment['saving'] {
  const asked = body['save_payment_method'];
  if (asked !== undefined && asked !== null && typeof asked !== 'boolean')
    throw invalid('Invalid request parameter', 'save_payment_method');
  if (asked === true && shop.faults.on.savingForbidden)
    throw new ApiError(403, 'forbidden', 'Forbidden to save payment method');
  if (asked === true) return 'yes';
  return asked !== false && shop.faults.on.buyerMaySave ? 'buyer-decides' : 'no';
}

/** The only way to pay that the page is to offer; any way that is switched on where nothing is asked for. */
export function readMethodType(shop: Shop, body: Body): string | undefined {
  const data = body['payment_method_data'];
  if (data === undefined || data === null) return undefined;
  const { type } = data as { type?: unknown };
  if (typeof type !== 'string' || !TYPES.includes(type))
    throw invalid('Invalid request parameter', 'payment_method_data.type');
  if (type === shop.faults.on.methodNotEnabled)
    throw invalid('Payment method is not available', 'payment_method_data.type');
  return type;
}

/** The payment_method object before anybody has paid: there only when the way was asked for. */
export function chosenMethod(payment: Pick<StoredPayment, 'id'>, type: string): Body {
  return { type, id: payment.id, saved: false, status: 'pending' };
}

/** The payment_method object once somebody has tried. */
export function usedMethod(
  payment: StoredPayment,
  card: TestCard,
  { id, isSaved }: { readonly id: string; readonly isSaved: boolean },
): Body {
  const type = (payment.paymentMethod?.['type'] as string | undefined) ?? 'bank_card';
  const common = { type, id, saved: isSaved, status: isSaved ? 'active' : 'inactive' };
  if (type !== 'bank_card') return { ...common, title: type };
  return {
    ...common,
    title: `Bank card *${card.number.slice(-4)}`,
    card: {
      first6: card.number.slice(0, 6),
      last4: card.number.slice(-4),
      expiry_year: '2030',
      expiry_month: '12',
      card_type: card.brand,
      card_product: { code: 'E' },
      issuer_country: 'RU',
    },
  };
}

export function savedCard(method: StoredMethod): TestCard {
  const card = findCard(method.number) ?? findCard(DEFAULT_CARD)!;
  return { number: card.number, brand: card.brand, threeDSecure: false };
}

/** What a charge of the saved card meets: its buyer has revoked it, its bank declines, or it pays. */
export function cardOf(shop: Shop, method: StoredMethod): TestCard {
  const card = savedCard(method);
  const reason = method.isRevoked ? 'permission_revoked' : takeDecline(shop, method);
  return reason === undefined ? card : { ...card, decline: { party: partyOf(reason), reason } };
}

function takeDecline(shop: Shop, method: StoredMethod): string | undefined {
  const { decline } = method;
  if (!decline) return undefined;
  if (decline.times !== undefined) {
    if (decline.times > 1) method.decline = { ...decline, times: decline.times - 1 };
    else delete method.decline;
    shop.store.touch();
  }
  return decline.reason;
}

function partyOf(reason: string): 'payment_network' | 'yoo_money' {
  return DECIDED_BY_YOOKASSA.includes(reason) || reason.startsWith('expired_') ? 'yoo_money' : 'payment_network';
}
