import { Composer } from 'grammy';
import type { BotContext } from '../context';
import { adminScreen } from '../screens/admin';
import { showBelow } from '../show';
import type { Features } from './features';

/** `/admin`: for the ids of `ADMIN_IDS` only; to everybody else the command does not exist. */
export function adminFeature({ adminIds, shopCounts, temporalUi, sessions }: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  composer
    .filter((ctx) => adminIds.includes(ctx.visit.userId))
    .command('admin', async (ctx) => showBelow(ctx, adminScreen(await shopCounts(), temporalUi, ctx.visit.language), sessions));
  return composer;
}
