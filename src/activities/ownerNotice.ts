import { ownerNoticeScreen } from '../bot/screens/ownerNotice';
import type { TelegramGateway } from '../gateways/telegram';
import type { NotificationsRepository } from '../storage/postgres/notifications';
import type { UsersRepository } from '../storage/postgres/users';
import { paymentWorkflowId } from '../workflows/contracts/payment';

/**
 * Tells every owner something that needs a person, once.
 * @param subject what it is about; the same one is never told twice
 * @param paymentId whose workflow the button opens; or `workflowId`, of anything else
 */
export type OwnerNotice = (subject: string, note: string, paymentId?: string | null, workflowId?: string) => Promise<void>;

export interface OwnerNoticeDeps {
  readonly telegram: TelegramGateway;
  readonly notifications: NotificationsRepository;
  readonly users: UsersRepository;
  readonly adminIds: readonly number[];
  readonly temporalUi: { readonly url: string; readonly namespace: string } | undefined;
}

export function createOwnerNotice({ telegram, notifications, users, adminIds, temporalUi: ui }: OwnerNoticeDeps): OwnerNotice {
  return async (subject, note, paymentId, workflowId) => {
    const id = workflowId ?? (paymentId ? paymentWorkflowId(paymentId) : undefined);
    const workflowUrl = ui && id && `${ui.url}/namespaces/${ui.namespace}/workflows/${id}`;
    for (const adminId of adminIds) {
      // At least once: only what Telegram has confirmed is not said again.
      if ((await notifications.status(adminId, 'attention', subject)) !== undefined) continue;
      const owner = await users.byId(adminId);
      const sent = await telegram.sendMessage({ chatId: adminId, ...ownerNoticeScreen({ note, workflowUrl }, owner?.language ?? 'ru') });
      await notifications.record(adminId, 'attention', subject, sent.outcome === 'sent' ? 'sent' : 'unreachable');
    }
  };
}
