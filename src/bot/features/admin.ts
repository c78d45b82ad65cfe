import { Composer } from 'grammy';
import { readGrantCase } from '../../domain/freeGrant';
import type { Payment } from '../../domain/payment';
import { onAction } from '../actions';
import { operatorOf } from '../operator';
import type { BotContext } from '../context';
import { plain } from '../../messages/locales/index';
import { adminScreen } from '../../messages/screens/admin';
import { decideScreen, timelineScreen } from '../../messages/screens/timeline';
import type { Screen } from '../../messages/screens/screen';
import { answer, answerOutdated, showBelow, showHere } from '../show';
import type { Features } from './features';
import { grantCaseOf } from './grantCases';
import { searched } from './people';

/**
 * `/admin`, and with an id the timeline of that payment, or how a free grant stands, and what may be decided about it.
 */
export function adminFeature(features: Features): Composer<BotContext> {
  const { shopCounts, catalogue, temporalUi, sessions, support, grantSupport } = features;
  const composer = new Composer<BotContext>();

  const timelineOf = async (payment: Payment, page: number, ctx: BotContext): Promise<Screen> => {
    const [timeline, options] = await Promise.all([
      support.timeline(payment, ctx.visit.language),
      support.options(payment),
    ]);
    return timelineScreen({ payment, timeline, page, options, temporalUi }, ctx.visit.language);
  };

  const overview = async (ctx: BotContext): Promise<Screen> => {
    const [counts, servers] = await Promise.all([shopCounts(), catalogue.serversInTrouble()]);
    return adminScreen({ counts, servers, temporalUi }, ctx.visit.language);
  };

  composer.command('admin', async (ctx) => {
    const id = ctx.match.trim();
    if (id === '') return showBelow(ctx, await overview(ctx), sessions);
    const grant = readGrantCase(id);
    if (grant) return showBelow(ctx, await grantCaseOf({ grantSupport, temporalUi }, grant, ctx), sessions);
    // Whoever gives an order's number wants to know what became of it.
    const found = (await features.deskSearch(id)).payments;
    const only = found.length === 1 ? found[0] : undefined;
    if (only) return showBelow(ctx, await timelineOf(only, 0, ctx), sessions);
    return showBelow(ctx, await searched(features, id, ctx), sessions);
  });

  onAction(composer, 'desk', async (ctx) => {
    await features.deskDialogs.clear({ chatId: ctx.visit.chatId, userId: ctx.visit.userId });
    await answer(ctx);
    await showHere(ctx, await overview(ctx));
  });

  onAction(composer, 'timeline', async (ctx, { payment: id, page }) => {
    const payment = await support.byId(id);
    if (!payment) return answerOutdated(ctx);
    await answer(ctx);
    await showHere(ctx, await timelineOf(payment, page, ctx));
  });

  onAction(composer, 'decide', async (ctx, { payment: id, decision }) => {
    const payment = await support.byId(id);
    if (!payment) return answerOutdated(ctx);
    const why = await support.whyNot(payment, decision);
    if (why !== undefined)
      return answer(ctx, plain(ctx.visit.language, 'decision-not-applicable', { why }), { alert: true });
    await answer(ctx);
    await showHere(ctx, decideScreen(payment, decision, ctx.visit.language));
  });

  onAction(composer, 'decide-sure', async (ctx, { payment: id, decision }) => {
    const payment = await support.byId(id);
    if (!payment) return answerOutdated(ctx);
    // State may have changed since the question, and the button may be pressed twice: judged again here, and by the
    // workflow.
    const decided = await support.decide(payment, { decision, actor: operatorOf(ctx) });
    const { language } = ctx.visit;
    if (decided.outcome === 'not-applicable')
      await answer(ctx, plain(language, 'decision-not-applicable', { why: decided.why }), { alert: true });
    else if (decided.outcome === 'unanswered')
      await answer(ctx, plain(language, 'decision-unanswered'), { alert: true });
    else await answer(ctx, plain(language, 'toast-decided'));
    await showHere(ctx, await timelineOf((await support.byId(id)) ?? payment, 999, ctx));
  });
  return composer;
}
