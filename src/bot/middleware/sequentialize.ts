import type { MiddlewareFn } from 'grammy';
import type { ChatLock } from '../../storage/redis/chatLock';
import type { BotContext } from '../context';

/** Updates of one chat are handled one after another, in this process and across replicas. */
export function sequentialize(chatLock: ChatLock): MiddlewareFn<BotContext> {
  return (ctx, next) => chatLock.withLock(ctx.visit.chatId, () => next());
}
