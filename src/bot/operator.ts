import { actorOf } from '../desk/access';
import type { BotContext } from './context';

/** Who decides, as the audit log names them. */
export const operatorOf = (ctx: BotContext): string => actorOf(ctx.visit.userId);
