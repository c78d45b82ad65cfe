import { Composer, InputFile } from 'grammy';
import { plain } from '../../messages/locales/index';
import { numbersMeaningScreen, numbersScreen } from '../../messages/screens/numbers';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { operatorOf } from '../operator';
import { answer, showHere } from '../show';
import type { Features } from './features';

/** The shop's numbers by period, as a screen and as a file. */
export function numbersFeature({ deskNumbers }: Pick<Features, 'deskNumbers'>): Composer<BotContext> {
  const composer = new Composer<BotContext>();

  onAction(composer, 'numbers', async (ctx, { period }) => {
    await answer(ctx);
    await showHere(ctx, numbersScreen(await deskNumbers.of(period), ctx.visit.language));
  });

  onAction(composer, 'numbers-meaning', async (ctx) => {
    await answer(ctx);
    await showHere(ctx, numbersMeaningScreen(ctx.visit.language));
  });

  onAction(composer, 'numbers-csv', async (ctx, { period }) => {
    const file = await deskNumbers.csv(period, operatorOf(ctx));
    await answer(ctx);
    await ctx.replyWithDocument(new InputFile(Buffer.from(file, 'utf8'), `gigabridge-${period}.csv`), {
      caption: plain(ctx.visit.language, 'numbers-csv', { period }),
    });
  });
  return composer;
}
