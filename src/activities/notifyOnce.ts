import type { TelegramGateway } from '../gateways/telegram';
import type { NotificationsRepository } from '../storage/postgres/notifications';

export type NotifyOutcome = 'sent' | 'unreachable' | 'sent-before';

/**
 * Sends one notification to one person and stores that it was sent. At least once: only what Telegram has confirmed
 * is not sent again; a person who could not be written to before may be there by now.
 * @param kind with `subject`: what it is about; the same pair is not sent to the same person again
 * @throws whatever `send` throws; nothing is stored then
 */
export type NotifyOnce = (
  userId: number,
  kind: string,
  subject: string,
  send: () => ReturnType<TelegramGateway['sendMessage']>,
) => Promise<NotifyOutcome>;

export function createNotifyOnce(notifications: NotificationsRepository): NotifyOnce {
  return async (userId, kind, subject, send) => {
    if ((await notifications.status(userId, kind, subject)) === 'sent') return 'sent-before';
    const sent = await send();
    await notifications.record(
      userId,
      kind,
      subject,
      sent.outcome === 'sent' ? 'sent' : 'unreachable',
      sent.outcome === 'sent' ? sent.messageId : undefined,
    );
    return sent.outcome === 'sent' ? 'sent' : 'unreachable';
  };
}
