import { Composer } from 'grammy';
import { readGrantReference } from '../../messages/grantReference';
import { plain } from '../../messages/locales/index';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { answer, answerOutdated } from '../show';
import type { Features } from './features';

/** The button "another server" of what somebody was given. The worker edits the message. */
export function grantServersFeature({ grantServers }: Pick<Features, 'grantServers'>): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  onAction(composer, 'grant-server', async (ctx, { grant }) => {
    const of = readGrantReference(grant);
    const messageId = ctx.callbackQuery?.message?.message_id;
    if (!of || messageId === undefined) return answerOutdated(ctx);
    const asked = await grantServers.change(ctx.visit.userId, of, messageId);
    if (asked === 'outdated') return answerOutdated(ctx);
    const isAway = asked === 'away';
    await answer(ctx, plain(ctx.visit.language, isAway ? 'alert-workflows-away' : 'toast-noted'), { alert: isAway });
  });
  return composer;
}
