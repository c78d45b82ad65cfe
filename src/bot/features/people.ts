import { Composer } from 'grammy';
import { deskCardScreen, deskNoteScreen } from '../../messages/screens/deskCard';
import { deskFoundScreen, deskSearchScreen } from '../../messages/screens/deskFound';
import type { Screen } from '../../messages/screens/screen';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { answer, answerOutdated, showHere } from '../show';
import type { Features } from './features';

type Used = Pick<Features, 'deskCards' | 'deskSearch' | 'deskDialogs' | 'support' | 'now'>;

const keyOf = ({ visit: { chatId, userId } }: BotContext) => ({ chatId, userId });

/** The card of one person; `undefined`: there is no such person. */
export async function cardOf(
  { deskCards, support, now }: Pick<Used, 'deskCards' | 'support' | 'now'>,
  userId: number,
  { visit: { language, timeZone } }: BotContext,
): Promise<Screen | undefined> {
  const [card, given] = await Promise.all([deskCards.of(userId), support.given(String(userId), language)]);
  return card && deskCardScreen({ ...card, given, now: now(), timeZone }, language);
}

/** What a search has found: the card of the only person, or all of it to choose from. */
export async function searched(features: Used, text: string, ctx: BotContext): Promise<Screen> {
  const { language } = ctx.visit;
  const found = await features.deskSearch(text);
  const [only, ...more] = found.people;
  if (only && more.length + found.payments.length === 0 && found.promo === undefined) {
    const card = await cardOf(features, only.telegramId, ctx);
    if (card) return card;
  }
  return deskFoundScreen({ ...found, given: '' }, language);
}

/** Search, and people's cards. */
export function peopleFeature(features: Used): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const { deskDialogs } = features;

  onAction(composer, 'card', async (ctx, { user }) => {
    await deskDialogs.clear(keyOf(ctx));
    const screen = await cardOf(features, user, ctx);
    if (!screen) return answerOutdated(ctx);
    await answer(ctx);
    await showHere(ctx, screen);
  });

  onAction(composer, 'desk-search', async (ctx) => {
    await deskDialogs.write(keyOf(ctx), { name: 'searching' });
    await answer(ctx);
    await showHere(ctx, deskSearchScreen(ctx.visit.language));
  });

  onAction(composer, 'card-note', async (ctx, { user }) => {
    await deskDialogs.write(keyOf(ctx), { name: 'noting', userId: user });
    await answer(ctx);
    await showHere(ctx, deskNoteScreen(user, ctx.visit.language));
  });
  return composer;
}
