/** Money has come and could not be written down: the update must not be confirmed, so that Telegram delivers it again. */
export class PaymentNotStoredError extends Error {
  override readonly name = 'PaymentNotStoredError';
}
