import { Composer } from 'grammy';
import type { BotContext } from '../context';
import { plain } from '../../messages/locales/index';
import { noticeWithMenu } from '../../messages/screens/menu';
import { answer, showBelow } from '../show';
import type { Features } from './features';

/** What no feature knows: old or forged buttons, words, pictures. Nobody is left without an answer. */
export function unhandledFeature({ sessions }: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  composer.on('callback_query', (ctx) => answer(ctx, plain(ctx.visit.language, 'alert-outdated'), { alert: true }));
  composer.on('message', (ctx) => showBelow(ctx, noticeWithMenu('unknown-message', ctx.visit.language), sessions));
  return composer;
}
