import { createApi, type TelegramAccess } from './api';
import { classifyTelegramError } from './classify';
import type { UnreachableReason } from './refusals';

export interface UnreachableChat {
  readonly chatId: number;
  readonly reason: UnreachableReason;
}

/**
 * Which of these people the bot can't write to. They see nothing of it but "typing" (Bot API, sendChatAction, is
 * refused like a message).
 * @throws GatewayError when Telegram does not answer
 */
export async function findUnreachable(access: TelegramAccess, chatIds: readonly number[]): Promise<UnreachableChat[]> {
  const api = createApi(access);
  const unreachable: UnreachableChat[] = [];
  for (const chatId of chatIds) {
    try {
      await api.sendChatAction(chatId, 'typing');
    } catch (error) {
      const verdict = classifyTelegramError(error, 'sendChatAction');
      if (verdict.kind === 'failed') throw verdict.error;
      if (verdict.kind === 'unreachable-user') unreachable.push({ chatId, reason: verdict.reason });
    }
  }
  return unreachable;
}
