import type { Composer } from 'grammy';
import type { Action, Verb } from '../messages/callbackData';
import type { BotContext } from './context';

/** Handles presses of one kind of button. */
export function onAction<V extends Verb>(
  composer: Composer<BotContext>,
  verb: V,
  handler: (ctx: BotContext, action: Action<V>) => Promise<void>,
): void {
  composer
    .on('callback_query:data')
    .filter((ctx) => ctx.visit.action?.do === verb)
    .use((ctx) => handler(ctx, ctx.visit.action as Action<V>));
}
