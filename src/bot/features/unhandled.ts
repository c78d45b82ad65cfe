import { Composer } from 'grammy';
import type { BotContext } from '../context';
import { noticeWithMenu } from '../../messages/screens/menu';
import { answerOutdated, showBelow } from '../show';
import type { Features } from './features';

/** Answers what no feature handled: old or forged buttons, texts, pictures. */
export function unhandledFeature({ sessions }: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  composer.on('callback_query', answerOutdated);
  composer.on('message', (ctx) => showBelow(ctx, noticeWithMenu('unknown-message', ctx.visit.language), sessions));
  return composer;
}
