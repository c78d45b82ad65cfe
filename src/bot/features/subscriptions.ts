import { Composer, InputFile } from 'grammy';
import { isRefusedMessage } from '../../gateways/errors';
import { classifyTelegramError } from '../../gateways/telegram/classify';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { plain } from '../../messages/locales/index';
import { qrPng } from '../../messages/screens/qr';
import { qrCaption } from '../../messages/screens/key';
import type { Screen } from '../../messages/screens/screen';
import { subscriptionBookScreen } from '../../messages/screens/subscriptionBook';
import { subscriptionCard, subscriptionsScreen, SUBSCRIPTIONS_PER_PAGE } from '../../messages/screens/subscriptions';
import { copyable } from '../../messages/screens/wording';
import { answer, send, show, showBelow, showHere } from '../show';
import { onRefund } from './buyerRefund';
import { refundSureScreen } from '../../messages/screens/refund';
import { subscriptionLink } from '../../domain/subscriptionLink';
import type { Features } from './features';

/** `/subscriptions`: the user's subscriptions, each with its key as text and as a QR code. */
export function subscriptionsFeature({
  cachedQueries,
  subscriptions: stored,
  gifts,
  paying,
  buyerRefunds,
  sessions,
  now,
  publicUrl,
}: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();

  const listScreen = async (ctx: BotContext, page: number): Promise<Screen> => {
    const { userId, language } = ctx.visit;
    const remembered = sessions.patchSettings(userId, { listPage: page === 0 ? undefined : page });
    const [subscriptions, unfinished] = await Promise.all([
      cachedQueries.subscriptionsPage(userId, page, SUBSCRIPTIONS_PER_PAGE),
      paying.unfinishedOf(userId),
      remembered,
    ]);
    return subscriptionsScreen({ subscriptions, unfinished, now: now() }, language);
  };
  /** Somebody else's id finds nothing. */
  const ownSubscription = (ctx: BotContext, id: string): Promise<SubscriptionView | undefined> =>
    cachedQueries.ownSubscription(ctx.visit.userId, id);
  const gone = async (ctx: BotContext): Promise<void> => {
    await answer(ctx, plain(ctx.visit.language, 'subscription-gone'), { alert: true });
    await showHere(ctx, await listScreen(ctx, 0));
  };

  composer.command('subscriptions', async (ctx) => showBelow(ctx, await listScreen(ctx, 0), sessions));
  onAction(composer, 'subscriptions', async (ctx, { where, page }) =>
    show(ctx, await listScreen(ctx, page), where, sessions),
  );

  onAction(composer, 'subscription', async (ctx, { subscription: id }) => {
    const subscription = await ownSubscription(ctx, id);
    if (!subscription) return gone(ctx);
    const { userId, timeZone, language } = ctx.visit;
    const { listPage = 0 } = (await sessions.get(userId)).settings;
    const refundable = await buyerRefunds.offer(userId, id);
    await showHere(
      ctx,
      subscriptionCard(
        {
          subscription,
          subscriptionUrl: subscriptionLink(subscription),
          listPage,
          timeZone,
          now: now(),
          publicUrl,
          refundable,
        },
        language,
      ),
    );
  });

  onAction(composer, 'subscription-book', async (ctx, { subscription: id, page }) => {
    const subscription = await ownSubscription(ctx, id);
    if (!subscription) return gone(ctx);
    const { timeZone, language } = ctx.visit;
    const [entries, givers] = await Promise.all([stored.entriesOf(id), gifts.giversOf(id)]);
    await showHere(ctx, subscriptionBookScreen({ subscription, entries, page, timeZone, givers }, language));
  });

  onRefund(composer, buyerRefunds, {
    check: 'refund',
    sure: 'refund-sure',
    sureScreen: refundSureScreen,
    after: (ctx) => listScreen(ctx, 0),
  });

  onAction(composer, 'qr', async (ctx, { subscription: id }) => {
    const subscription = await ownSubscription(ctx, id);
    if (subscription?.status !== 'active') return gone(ctx);
    await answer(ctx);
    const { text, keyboard } = qrCaption(subscription, ctx.visit.language);
    const png = qrPng(subscriptionLink(subscription));
    try {
      await ctx.replyWithPhoto(new InputFile(png, 'key.png'), {
        caption: text,
        parse_mode: 'HTML',
        ...(keyboard ? { reply_markup: keyboard } : {}),
      });
    } catch (error) {
      const verdict = classifyTelegramError(error, 'sendPhoto');
      if (verdict.kind !== 'failed' || !isRefusedMessage(verdict.error)) throw error;
      // Without its picture the caption means nothing: the key as text does.
      await send(ctx, { text: copyable(subscriptionLink(subscription)).source, ...(keyboard ? { keyboard } : {}) });
    }
  });

  onAction(composer, 'hide', async (ctx) => {
    try {
      await ctx.deleteMessage();
    } catch (error) {
      // The message is deleted already, or older than the 48 hours within which a bot may delete it.
      if (classifyTelegramError(error, 'deleteMessage').kind !== 'gone') throw error;
    }
  });
  return composer;
}
