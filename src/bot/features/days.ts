import { randomUUID } from 'node:crypto';
import { Composer } from 'grammy';
import { actOfDays, DESK_DAYS_REFUSALS, type DeskDaysRefusal } from '../../domain/deskDays';
import { mayDo } from '../../domain/staff';
import { plain } from '../../messages/locales/index';
import {
  deskDaysReasonScreen,
  deskDaysScreen,
  deskDaysSureScreen,
  whyNotDaysWords,
} from '../../messages/screens/deskDays';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import type { DeskDialogState } from '../deskDialog';
import { answer, answerOutdated, send, showBelow, showHere } from '../show';
import type { Features } from './features';
import { cardOf } from './people';

type Used = Pick<Features, 'deskDays' | 'deskDialogs' | 'deskCards' | 'support' | 'sessions' | 'now'>;

const keyOf = ({ visit: { chatId, userId } }: BotContext) => ({ chatId, userId });
/** Longer than this is no reason but a story. */
const MOST_REASON = 200;

const refusalOf = (why: string): DeskDaysRefusal => DESK_DAYS_REFUSALS.find((one) => one === why) ?? 'unavailable';

/** Days more for a subscription: how many, why, what they change, and then they are given. */
export function daysFeature(features: Used): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const { deskDays, deskDialogs, sessions } = features;

  onAction(composer, 'days', async (ctx, { subscription: id }) => {
    const { language, timeZone } = ctx.visit;
    await deskDialogs.clear(keyOf(ctx));
    const preview = await deskDays.preview(id, 1);
    if (!preview) return answerOutdated(ctx);
    await answer(ctx);
    await showHere(ctx, deskDaysScreen({ ...preview, timeZone }, language));
  });

  onAction(composer, 'days-of', async (ctx, { subscription: id, days }) => {
    const { language, timeZone } = ctx.visit;
    const preview = await deskDays.preview(id, days);
    if (!preview) return answerOutdated(ctx);
    if (preview.why !== undefined) return answer(ctx, whyNotDaysWords(preview.why, language), { alert: true });
    await deskDialogs.write(keyOf(ctx), { name: 'giving-days', subscriptionId: id, days });
    await answer(ctx);
    await showHere(ctx, deskDaysReasonScreen({ ...preview, timeZone }, language));
  });

  onAction(composer, 'days-sure', async (ctx, { request }) => {
    const { userId: givenBy, language } = ctx.visit;
    const { state } = await deskDialogs.read(keyOf(ctx));
    if (state.name !== 'days-sure' || state.source !== request) return answerOutdated(ctx);
    const { name: _, ...confirmed } = state;
    // What a role may give is asked for here for its answer, and by the worker once more in the transaction that gives.
    if (ctx.visit.role !== undefined && !mayDo(ctx.visit.role, actOfDays(confirmed.days)))
      return answer(ctx, plain(language, 'desk-not-allowed'), { alert: true });
    const given = await deskDays.give({ ...confirmed, givenBy });
    // Not answered, the button stays: pressed again it is the same request.
    if (given.outcome !== 'unanswered') await deskDialogs.clear(keyOf(ctx));
    if (given.outcome === 'refused')
      await answer(ctx, whyNotDaysWords(refusalOf(given.why), language), { alert: true });
    else await answer(ctx, plain(language, 'desk-days-answer', { outcome: given.outcome }), { alert: true });
    const card = given.outcome === 'unanswered' ? undefined : await cardOf(features, confirmed.userId, ctx);
    if (card) await showBelow(ctx, card, sessions);
  });
  return composer;
}

/** The reason, as the next text: what the days change is shown, to be confirmed. */
export async function takeReason(
  { deskDays, deskDialogs }: Used,
  ctx: BotContext,
  { subscriptionId, days }: Extract<DeskDialogState, { readonly name: 'giving-days' }>,
  text: string,
): Promise<void> {
  const { language, timeZone } = ctx.visit;
  const reason = text.replaceAll(/\p{C}+/gu, ' ').trim();
  const preview = await deskDays.preview(subscriptionId, days);
  const why = preview ? preview.why : ('unavailable' as const);
  if (!preview || why !== undefined) {
    await send(ctx, { text: whyNotDaysWords(why ?? 'unavailable', language) });
    return;
  }
  if (reason === '' || reason.length > MOST_REASON) {
    await deskDialogs.write(keyOf(ctx), { name: 'giving-days', subscriptionId, days });
    await send(ctx, deskDaysReasonScreen({ ...preview, timeZone }, language));
    return;
  }
  const { subscription, after } = preview;
  const source = randomUUID();
  await deskDialogs.write(keyOf(ctx), {
    ...{ name: 'days-sure', source, subscriptionId, days, reason },
    ...{ userId: subscription.userId, shownEnd: subscription.expiresAt.getTime() },
  });
  await send(ctx, deskDaysSureScreen({ subscription, timeZone, days, after, reason, request: source }, language));
}
