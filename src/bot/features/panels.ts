import { Composer } from 'grammy';
import { plain } from '../../messages/locales/index';
import { panelScreen, panelsScreen, panelSureScreen } from '../../messages/screens/panels';
import { onAction } from '../actions';
import { operatorOf } from '../operator';
import type { BotContext } from '../context';
import { answer, answerOutdated, showHere } from '../show';
import type { Features } from './features';

/** The panels of the shop and the decision that one is gone for good. */
export function panelsFeature({ panels }: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();

  onAction(composer, 'panels', async (ctx, { page }) => {
    await answer(ctx);
    await showHere(ctx, panelsScreen(await panels.list(), page, ctx.visit.language));
  });

  onAction(composer, 'panel', async (ctx, { server }) => {
    const panel = await panels.byCode(server);
    if (!panel) return answerOutdated(ctx);
    await answer(ctx);
    await showHere(ctx, panelScreen(panel, ctx.visit.timeZone, ctx.visit.language));
  });

  onAction(composer, 'panel-ask', async (ctx, { server }) => {
    const panel = await panels.byCode(server);
    if (!panel) return answerOutdated(ctx);
    await answer(ctx);
    await showHere(ctx, panelSureScreen(panel, ctx.visit.language));
  });

  onAction(composer, 'panel-sure', async (ctx, { server, decision }) => {
    const panel = await panels.decide(server, decision, operatorOf(ctx));
    if (!panel) return answerOutdated(ctx);
    await answer(ctx, plain(ctx.visit.language, 'panel-decided', { decision }));
    await showHere(ctx, panelScreen(panel, ctx.visit.timeZone, ctx.visit.language));
  });
  return composer;
}
