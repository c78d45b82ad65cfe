import type { Payment } from '../../domain/payment';
import { errorClass, isGatewayError } from '../../gateways/errors';
import type { PaymentProvider, Refused, RequestBody } from '../../providers/port';
import type { Providers } from '../../providers/registry';
import type { Installation } from '../../storage/postgres/installation';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { UsersRepository } from '../../storage/postgres/users';
import type { CacheInvalidation } from '../../storage/redis/cacheInvalidation';
import type { CreationAnswer } from '../../workflows/contracts/activities';
import { idempotenceKey } from '../../workflows/contracts/payment';
import { contactFor, itemOf } from './order';

export interface CreatePaymentDeps {
  readonly providers: Providers;
  readonly payments: PaymentsRepository;
  readonly users: UsersRepository;
  readonly returnUrl: (paymentId: string) => string;
  readonly installation: Installation;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'putPaymentData'>;
}

/**
 * Creates the payment under its stored key and body, or finds the one created before.
 * @throws GatewayError except for a refusal, which is an answer: nothing was created
 */
export async function createPayment(
  deps: CreatePaymentDeps,
  payment: Payment,
  signal?: AbortSignal,
): Promise<CreationAnswer> {
  const { providers, payments } = deps;
  const provider = providers.of(payment.provider);
  const created: CreationAnswer = { outcome: 'created', ...(provider.can.paidIn === 'chat' && { isInvoice: true }) };
  if (payment.providerRef !== null) return created;
  const key = idempotenceKey(payment.id, 'create');
  const body = await bodyFor(deps, provider, payment);
  const { body: storedBody, firstSentAt } = await payments.storeRequest(key, payment.id, 'create-payment', body);
  const request = { key, orderId: payment.id, body: storedBody as RequestBody, firstSentAt };
  const made = await provider.create(request, signal).catch(async (error: unknown) => {
    if (isGatewayError(error)) await payments.recordRequestAnswer(key, errorClass(error));
    throw error;
  });
  if (made.outcome === 'refused') return recordRefusal(deps, payment, key, made);
  await payments.recordLink(payment.id, {
    providerRef: made.ref,
    shopId: provider.account,
    confirmationUrl: made.show.kind === 'url' ? made.show.url : null,
    payableUntil: made.payableUntil,
    hasReceipt: provider.makesReceipts,
  });
  await deps.cacheInvalidation.putPaymentData({ ...payment, providerRef: made.ref });
  await payments.recordRequestAnswer(key, made.ref);
  await payments.recordEvent(payment.id, provider.id, 'link-created', { providerRef: made.ref });
  return created;
}

async function bodyFor(
  { users, installation, returnUrl }: CreatePaymentDeps,
  provider: PaymentProvider,
  payment: Payment,
): Promise<RequestBody> {
  return provider.paymentRequest({
    orderId: payment.id,
    installationId: await installation.id(),
    price: { currency: payment.currency, minor: payment.priceKopecks },
    payerId: payment.userId,
    title: itemOf(payment),
    returnUrl: returnUrl(payment.id),
    contact: await contactFor(provider, users, payment.userId),
  });
}

async function recordRefusal(
  { payments, users }: CreatePaymentDeps,
  payment: Payment,
  key: string,
  refused: Refused,
): Promise<CreationAnswer> {
  // Nobody can say what came of it: the first call is too long ago.
  if (refused.why === 'lost') return { outcome: 'refused', reason: 'provider-unavailable' };
  const { status, code, parameter } = refused.said;
  await payments.recordRequestAnswer(key, refusedClass(refused));
  await payments.recordEvent(payment.id, payment.provider, 'creation-refused', { status, code, parameter });
  if (refused.why === 'contact') {
    // Whatever is wrong with the address, the buyer is asked for another one with the next order.
    await users.setReceiptContact(payment.userId, null);
    return { outcome: 'refused', reason: 'receipt-contact' };
  }
  return {
    outcome: 'refused',
    reason: refused.why === 'credentials' ? 'provider-credentials' : 'provider-refused',
    said: [`HTTP ${status ?? '?'}`, code, parameter].filter(Boolean).join(', '),
  };
}

/** As `errorClass` says it of an error. */
export function refusedClass({ said: { status, code, parameter } }: Refused): string {
  return ['refused', status, code, parameter].filter((part) => part !== null).join(' ');
}
