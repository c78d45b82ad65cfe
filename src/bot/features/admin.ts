import { Composer } from 'grammy';
import type { Payment } from '../../domain/payment';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { plain } from '../../messages/locales/index';
import { adminScreen } from '../../messages/screens/admin';
import { decideScreen, foundScreen, storyScreen } from '../../messages/screens/story';
import type { Screen } from '../../messages/screens/screen';
import { answer, showBelow, showHere } from '../show';
import type { Features } from './features';

/**
 * `/admin`, and with an id the story of that payment and what may be decided about it: for the ids of `ADMIN_IDS` only. To
 * everybody else neither the command nor the buttons exist.
 */
export function adminFeature({ adminIds, shopCounts, temporalUi, sessions, support }: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const admins = composer.filter((ctx) => adminIds.includes(ctx.visit.userId));

  const storyOf = async (payment: Payment, page: number, ctx: BotContext): Promise<Screen> => {
    const [story, options] = await Promise.all([support.tell(payment, ctx.visit.language), support.options(payment)]);
    return storyScreen({ payment, story, page, options, temporalUi }, ctx.visit.language);
  };
  const gone = (ctx: BotContext) => answer(ctx, plain(ctx.visit.language, 'alert-outdated'), { alert: true });

  admins.command('admin', async (ctx) => {
    const id = ctx.match.trim();
    if (id === '') return showBelow(ctx, adminScreen(await shopCounts(), temporalUi, ctx.visit.language), sessions);
    const found = await support.find(id);
    const only = found.length === 1 ? found[0] : undefined;
    return showBelow(ctx, only ? await storyOf(only, 0, ctx) : foundScreen(found, ctx.visit.language), sessions);
  });

  onAction(admins, 'story', async (ctx, { payment: id, page }) => {
    const payment = await support.byId(id);
    if (!payment) return gone(ctx);
    await answer(ctx);
    await showHere(ctx, await storyOf(payment, page, ctx));
  });

  onAction(admins, 'decide', async (ctx, { payment: id, decision }) => {
    const payment = await support.byId(id);
    if (!payment) return gone(ctx);
    const why = await support.whyNot(payment, decision);
    if (why !== undefined)
      return answer(ctx, plain(ctx.visit.language, 'decision-senseless', { why }), { alert: true });
    await answer(ctx);
    await showHere(ctx, decideScreen(payment, decision, ctx.visit.language));
  });

  onAction(admins, 'decide-sure', async (ctx, { payment: id, decision }) => {
    const payment = await support.byId(id);
    if (!payment) return gone(ctx);
    // State may have changed since the question, and the button may be pressed twice: judged again here, and by the workflow.
    const decided = await support.decide(payment, { decision, actor: `operator:${ctx.visit.userId}` });
    const { language } = ctx.visit;
    if (decided.outcome === 'senseless')
      await answer(ctx, plain(language, 'decision-senseless', { why: decided.why }), { alert: true });
    else await answer(ctx, plain(language, 'toast-decided'));
    await showHere(ctx, await storyOf((await support.byId(id)) ?? payment, 999, ctx));
  });
  return composer;
}
