import { isOpen } from '../../domain/payment';
import type { TelegramStars } from '../../gateways/telegram';
import type { RequestBody } from '../../providers/port';
import type { Providers } from '../../providers/registry';
import type { NotificationsRepository } from '../../storage/postgres/notifications';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { UsersRepository } from '../../storage/postgres/users';
import { idempotenceKey } from '../../workflows/contracts/payment';
import { createNotifyOnce } from '../notifyOnce';

export interface SendInvoiceDeps {
  readonly providers: Providers;
  readonly payments: Pick<PaymentsRepository, 'existing' | 'storedRequest'>;
  readonly users: Pick<UsersRepository, 'setReachable'>;
  readonly notifications: NotificationsRepository;
  readonly stars: Pick<TelegramStars, 'sendInvoice'>;
}

/** What the bot is started with from a copy of an invoice that somebody has passed on. */
const COPIED = 'pay';

/**
 * Sends the invoice of an order that is paid in the chat, as it was stored when the order was made: at least once. A
 * second copy does no harm, because what is paid twice goes back.
 * @throws GatewayError when Telegram is away
 */
export type SendInvoice = (paymentId: string) => Promise<void>;

export function createSendInvoice(deps: SendInvoiceDeps): SendInvoice {
  const { providers, payments, users, notifications, stars } = deps;
  const notifyOnce = createNotifyOnce(notifications);
  return async (paymentId) => {
    const payment = await payments.existing(paymentId);
    if (!isOpen(payment.status)) return;
    const key = idempotenceKey(paymentId, 'create');
    const stored = await payments.storedRequest(key);
    if (stored === undefined) throw new Error(`the order ${paymentId} has no invoice yet`);
    const { body, firstSentAt } = stored;
    const request = { key, orderId: paymentId, body: body as RequestBody, firstSentAt };
    const made = await providers.of(payment.provider).create(request);
    if (made.outcome !== 'created' || made.show.kind !== 'invoice') return;
    const { price, ...invoice } = made.show.invoice;
    const outcome = await notifyOnce(payment.userId, 'invoice', paymentId, () =>
      stars.sendInvoice({ chatId: payment.chatId, startParameter: COPIED }, { ...invoice, stars: price.minor }),
    );
    if (outcome === 'unreachable') await users.setReachable(payment.userId, false);
  };
}
