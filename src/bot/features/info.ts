import { Composer } from 'grammy';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { plain } from '../../messages/locales/index';
import { helpScreen, languageScreen, supportScreen, termsScreen } from '../../messages/screens/info';
import { menuScreen } from '../../messages/screens/menu';
import { answer, show, showBelow, showHere } from '../show';
import type { Features } from './features';

/** `/help`, `/terms`, `/support`, `/paysupport`. Telegram requires the last two of bots that take payments. */
export function infoFeature({ sessions, paying, adminIds }: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const support = async (ctx: BotContext, kind: 'support' | 'paysupport') => {
    const { userId, language } = ctx.visit;
    return supportScreen(
      kind,
      { userId, lastPaymentId: (await paying.lastOf(userId))?.id, contactId: adminIds[0] },
      language,
    );
  };

  composer.command('help', (ctx) => showBelow(ctx, helpScreen(ctx.visit.language), sessions));
  composer.command('terms', (ctx) => showBelow(ctx, termsScreen(ctx.visit.language), sessions));
  composer.command('support', async (ctx) => showBelow(ctx, await support(ctx, 'support'), sessions));
  composer.command('paysupport', async (ctx) => showBelow(ctx, await support(ctx, 'paysupport'), sessions));
  onAction(composer, 'help', (ctx, { where }) => show(ctx, helpScreen(ctx.visit.language), where, sessions));
  onAction(composer, 'terms', (ctx) => show(ctx, termsScreen(ctx.visit.language), 'here', sessions));
  onAction(composer, 'support', async (ctx, { where }) => show(ctx, await support(ctx, 'support'), where, sessions));
  return composer;
}

/** `/language`: takes effect at once, also for messages of the worker. */
export function languageFeature({ sessions, users, cachedQueries }: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  composer.command('language', (ctx) => showBelow(ctx, languageScreen(ctx.visit.language), sessions));
  onAction(composer, 'language', async (ctx) => void (await showHere(ctx, languageScreen(ctx.visit.language))));
  onAction(composer, 'speak', async (ctx, { language }) => {
    await sessions.patchSettings(ctx.visit.userId, { language });
    await users.setLanguage(ctx.visit.userId, language);
    await cachedQueries.invalidateUser(ctx.visit.userId);
    ctx.visit.language = language;
    await answer(ctx, plain(language, 'toast-language'));
    await showHere(ctx, menuScreen(language));
  });
  return composer;
}
