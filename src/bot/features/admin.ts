import { Composer } from 'grammy';
import { readGrantCase } from '../../domain/freeGrant';
import type { Payment } from '../../domain/payment';
import { onAction } from '../actions';
import { forAdmins, operatorOf } from '../admins';
import type { BotContext } from '../context';
import { plain } from '../../messages/locales/index';
import { adminScreen } from '../../messages/screens/admin';
import { decideScreen, foundScreen, timelineScreen } from '../../messages/screens/timeline';
import type { Screen } from '../../messages/screens/screen';
import { answer, answerOutdated, showBelow, showHere } from '../show';
import type { Features } from './features';
import { grantCaseOf } from './grantCases';

/**
 * `/admin`, and with an id the timeline of that payment, or how a free grant stands, and what may be decided about it:
 * for the ids of `ADMIN_IDS` only. To everybody else neither the command nor the buttons exist.
 */
export function adminFeature({
  adminIds,
  shopCounts,
  catalogue,
  temporalUi,
  sessions,
  support,
  grantSupport,
  peopleDesk,
}: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const admins = forAdmins(composer, adminIds);

  const timelineOf = async (payment: Payment, page: number, ctx: BotContext): Promise<Screen> => {
    const [timeline, options] = await Promise.all([
      support.timeline(payment, ctx.visit.language),
      support.options(payment),
    ]);
    return timelineScreen({ payment, timeline, page, options, temporalUi }, ctx.visit.language);
  };

  admins.command('admin', async (ctx) => {
    const id = ctx.match.trim();
    if (id === '') {
      const [counts, servers] = await Promise.all([shopCounts(), catalogue.serversInTrouble()]);
      return showBelow(ctx, adminScreen({ counts, servers, temporalUi }, ctx.visit.language), sessions);
    }
    const grant = readGrantCase(id);
    if (grant) return showBelow(ctx, await grantCaseOf({ grantSupport, temporalUi }, grant, ctx), sessions);
    const found = await support.find(id);
    const only = found.length === 1 ? found[0] : undefined;
    const { language } = ctx.visit;
    if (only) return showBelow(ctx, await timelineOf(only, 0, ctx), sessions);
    return showBelow(
      ctx,
      foundScreen(
        {
          payments: found,
          people: (await peopleDesk.named(id)).map(({ telegramId }) => telegramId),
          given: await support.given(id, language),
        },
        language,
      ),
      sessions,
    );
  });

  onAction(admins, 'timeline', async (ctx, { payment: id, page }) => {
    const payment = await support.byId(id);
    if (!payment) return answerOutdated(ctx);
    await answer(ctx);
    await showHere(ctx, await timelineOf(payment, page, ctx));
  });

  onAction(admins, 'decide', async (ctx, { payment: id, decision }) => {
    const payment = await support.byId(id);
    if (!payment) return answerOutdated(ctx);
    const why = await support.whyNot(payment, decision);
    if (why !== undefined)
      return answer(ctx, plain(ctx.visit.language, 'decision-not-applicable', { why }), { alert: true });
    await answer(ctx);
    await showHere(ctx, decideScreen(payment, decision, ctx.visit.language));
  });

  onAction(admins, 'decide-sure', async (ctx, { payment: id, decision }) => {
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
