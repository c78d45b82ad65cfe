import { Composer } from 'grammy';
import { actOfDays } from '../../domain/deskDays';
import { t } from '../../messages/locales/index';
import { unlessAway } from '../../storage/redis/errors';
import type { BotContext } from '../context';
import { isAsked, type DeskDialogState } from '../deskDialog';
import { expectsText } from '../dialog';
import { operatorOf } from '../operator';
import { send, showBelow } from '../show';
import { takeReason } from './days';
import type { Features } from './features';
import { cardOf, searched } from './people';

type Used = Pick<
  Features,
  'deskAccess' | 'deskCards' | 'deskDays' | 'deskSearch' | 'deskDialogs' | 'dialogs' | 'support' | 'sessions' | 'now'
>;

const keyOf = ({ visit: { chatId, userId } }: BotContext) => ({ chatId, userId });

/** A text of staff that is an answer to the desk, or a search. */
function takeText(features: Used): (ctx: BotContext, text: string, state: DeskDialogState) => Promise<void> {
  const { deskAccess, deskCards, deskDialogs, sessions } = features;

  async function note(ctx: BotContext, userId: number, text: string): Promise<void> {
    const { language } = ctx.visit;
    const why = await deskCards.addNote(userId, text, operatorOf(ctx));
    await send(ctx, { text: why === undefined ? t(language, 'desk-noted') : t(language, 'desk-not-noted', { why }) });
    const card = await cardOf(features, userId, ctx);
    if (card) await showBelow(ctx, card, sessions);
  }

  return async (ctx, text, state) => {
    if (state.name !== 'idle') await deskDialogs.clear(keyOf(ctx));
    const isNote = state.name === 'noting';
    const isReason = state.name === 'giving-days';
    const act = isReason ? actOfDays(state.days) : isNote ? 'note' : 'people';
    const subject = isReason ? state.subscriptionId : isNote ? String(state.userId) : null;
    const admission = await deskAccess.admit(ctx.visit.userId, act, subject);
    if ('refused' in admission) {
      await send(ctx, { text: t(ctx.visit.language, 'desk-not-allowed') });
      return;
    }
    ctx.visit.role = admission.role;
    if (isReason) await takeReason(features, ctx, state, text);
    else if (isNote) await note(ctx, state.userId, text);
    else await showBelow(ctx, await searched(features, text, ctx), sessions);
  };
}

/**
 * The next text after the desk has asked for one. Before the other features, because a note may look like a code; but
 * what the shop has asked its buyer for meanwhile is theirs.
 */
export function deskAnswerFeature(features: Used): Composer<BotContext> {
  const { deskDialogs, dialogs } = features;
  const composer = new Composer<BotContext>();
  const take = takeText(features);
  composer.on('message:text').use(async (ctx, next) => {
    const { text } = ctx.message;
    if (text.startsWith('/')) return next();
    // Everybody's texts come by here: while Redis is away they still go on to what they are meant for.
    const state = (await unlessAway(deskDialogs.read(keyOf(ctx)), undefined))?.state;
    if (state === undefined || !isAsked(state)) return next();
    if (expectsText((await dialogs.read(keyOf(ctx))).state)) return next();
    await take(ctx, text, state);
  });
  return composer;
}

/** A text of staff that nothing else of the bot has asked for is a search. Behind every other feature. */
export function deskTextFeature(features: Used): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const take = takeText(features);
  composer.on('message:text').use(async (ctx, next) => {
    const { text } = ctx.message;
    if (text.startsWith('/') || (await features.deskAccess.roleOf(ctx.visit.userId)) === undefined) return next();
    await take(ctx, text, { name: 'idle' });
  });
  return composer;
}
