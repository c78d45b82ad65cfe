import type { TelegramGateway } from '../gateways/telegram';
import type { NotificationsRepository } from '../storage/postgres/notifications';

export type Said = 'told' | 'unreachable' | 'before';

/**
 * Says one thing to one person, and remembers it. At least once: only what Telegram has confirmed is not said again.
 * @throws whatever `send` throws; nothing is remembered then
 */
export type SayOnce = (
  userId: number,
  kind: string,
  subject: string,
  send: () => ReturnType<TelegramGateway['sendMessage']>,
) => Promise<Said>;

export function createSayOnce(notifications: NotificationsRepository): SayOnce {
  return async (userId, kind, subject, send) => {
    if ((await notifications.status(userId, kind, subject)) !== undefined) return 'before';
    const sent = await send();
    await notifications.record(
      userId,
      kind,
      subject,
      sent.outcome === 'sent' ? 'sent' : 'unreachable',
      sent.outcome === 'sent' ? sent.messageId : undefined,
    );
    return sent.outcome === 'sent' ? 'told' : 'unreachable';
  };
}
