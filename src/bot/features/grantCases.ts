import { Composer } from 'grammy';
import type { GrantCase } from '../../domain/freeGrant';
import { readGrantReference } from '../../messages/grantReference';
import { plain } from '../../messages/locales/index';
import { grantCaseScreen, grantEndSureScreen } from '../../messages/screens/grantCase';
import type { Screen } from '../../messages/screens/screen';
import type { GrantDecision } from '../../support/grantSupport';
import { onAction } from '../actions';
import { operatorOf } from '../operator';
import type { BotContext } from '../context';
import { answer, answerOutdated, showHere } from '../show';
import type { Features } from './features';

type Used = Pick<Features, 'grantSupport' | 'temporalUi'>;

/** How something stands that somebody has asked for, as an admin reads it. */
export async function grantCaseOf(
  { grantSupport, temporalUi }: Pick<Used, 'grantSupport' | 'temporalUi'>,
  of: GrantCase,
  ctx: BotContext,
): Promise<Screen> {
  const { language } = ctx.visit;
  const { progress, given, options } = await grantSupport.standing(of, language);
  return grantCaseScreen(of, { status: progress?.status, given, options, temporalUi }, language);
}

/** What costs nothing and needs a person: how it stands, and what may be decided about it. */
export function grantCasesFeature(features: Used): Composer<BotContext> {
  const { grantSupport } = features;
  const composer = new Composer<BotContext>();

  onAction(composer, 'grant', async (ctx, { grant }) => {
    const of = readGrantReference(grant);
    if (!of) return answerOutdated(ctx);
    await answer(ctx);
    await showHere(ctx, await grantCaseOf(features, of, ctx));
  });

  onAction(composer, 'grant-end', async (ctx, { grant }) => {
    const of = readGrantReference(grant);
    if (!of) return answerOutdated(ctx);
    await answer(ctx);
    await showHere(ctx, grantEndSureScreen(of, ctx.visit.language));
  });

  const decide = async (ctx: BotContext, grant: string, decision: GrantDecision): Promise<void> => {
    const of = readGrantReference(grant);
    if (!of) return answerOutdated(ctx);
    const { language } = ctx.visit;
    const decided = await grantSupport.decide(of, decision, operatorOf(ctx));
    if (decided === 'sent') await answer(ctx, plain(language, 'toast-decided'));
    else
      await answer(ctx, plain(language, decided === 'unanswered' ? 'decision-unanswered' : 'grant-not-applicable'), {
        alert: true,
      });
    await showHere(ctx, await grantCaseOf(features, of, ctx));
  };
  onAction(composer, 'grant-retry', (ctx, { grant }) => decide(ctx, grant, 'retry'));
  onAction(composer, 'grant-end-sure', (ctx, { grant }) => decide(ctx, grant, 'close'));
  return composer;
}
