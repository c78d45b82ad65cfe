import type { Composer } from 'grammy';
import type { BotContext } from './context';

/** What only `ADMIN_IDS` may do; to everybody else neither the commands nor the buttons exist. */
export const forAdmins = (composer: Composer<BotContext>, adminIds: readonly number[]): Composer<BotContext> =>
  composer.filter((ctx) => adminIds.includes(ctx.visit.userId));

/** Who decides, as the audit log names them. */
export const operatorOf = (ctx: BotContext) => `operator:${ctx.visit.userId}`;
