import { Composer } from 'grammy';
import { plain } from '../../messages/locales/index';
import { panelScreen, panelsScreen, panelSureScreen } from '../../messages/screens/panels';
import { onAction } from '../actions';
import { forAdmins, operatorOf } from '../admins';
import type { BotContext } from '../context';
import { answer, answerOutdated, showHere } from '../show';
import type { Features } from './features';

/** The panels of the shop and the decision that one is gone for good; for the ids of `ADMIN_IDS` only. */
export function panelsFeature({ adminIds, panels }: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const admins = forAdmins(composer, adminIds);

  onAction(admins, 'panels', async (ctx, { page }) => {
    await answer(ctx);
    await showHere(ctx, panelsScreen(await panels.list(), page, ctx.visit.language));
  });

  onAction(admins, 'panel', async (ctx, { server }) => {
    const panel = await panels.byCode(server);
    if (!panel) return answerOutdated(ctx);
    await answer(ctx);
    await showHere(ctx, panelScreen(panel, ctx.visit.timeZone, ctx.visit.language));
  });

  onAction(admins, 'panel-ask', async (ctx, { server }) => {
    const panel = await panels.byCode(server);
    if (!panel) return answerOutdated(ctx);
    await answer(ctx);
    await showHere(ctx, panelSureScreen(panel, ctx.visit.language));
  });

  onAction(admins, 'panel-sure', async (ctx, { server, decision }) => {
    const panel = await panels.decide(server, decision, operatorOf(ctx));
    if (!panel) return answerOutdated(ctx);
    await answer(ctx, plain(ctx.visit.language, 'panel-decided', { decision }));
    await showHere(ctx, panelScreen(panel, ctx.visit.timeZone, ctx.visit.language));
  });
  return composer;
}
