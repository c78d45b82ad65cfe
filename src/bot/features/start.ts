import { Composer } from 'grammy';
import { UUID_PATTERN } from '../../domain/uuid';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { menuScreen, noticeWithMenu, welcomeScreen, type MenuHints } from '../../messages/screens/menu';
import { show, showBelow } from '../show';
import type { Features } from './features';

/** `pay_<payment id>`: the deep link of the return page. Anything else is a plain start. */
const PAY_PAYLOAD = new RegExp(`^pay_(${UUID_PATTERN})$`);

/** `/start`, `/menu` and the menu button: the menu, and what was left unfinished. Also `/cancel`. */
export function startFeature({
  sessions,
  paying,
  purchaseDialog,
  paymentScreens,
  trials,
  referralDays,
  referrals,
  gifts,
  sellsGifts,
  adminIds,
}: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const hintsOf = async (userId: number): Promise<MenuHints> => {
    const [payment, dialog, trial, invites, hasGiven] = await Promise.all([
      paying.unfinishedOf(userId),
      purchaseDialog.isUnfinished(userId),
      trials.offerFor(userId),
      // Where the shop has no such programme any more, the way to a reward that waits stays.
      referralDays > 0 || referrals.hasRewardVoucher(userId),
      // Where none can be bought any more, the way to what was given stays.
      !sellsGifts && gifts.sentBy(userId, 0).then(({ items }) => items.length > 0),
    ]);
    const isOwner = adminIds.includes(userId);
    return { payment, dialog, trial, invites, isOwner, gifts: sellsGifts ? 'sold' : hasGiven ? 'given' : 'none' };
  };

  composer.command('start', async (ctx) => {
    const { userId, language, firstName } = ctx.visit;
    const paymentId = PAY_PAYLOAD.exec(ctx.match)?.[1];
    const opened = paymentId === undefined ? undefined : await paying.reopen(userId, paymentId);
    if (opened) return paymentScreens.open(ctx, opened);
    await showBelow(ctx, welcomeScreen(firstName, language, await hintsOf(userId)), sessions);
  });

  composer.command('menu', async (ctx) =>
    showBelow(ctx, menuScreen(ctx.visit.language, await hintsOf(ctx.visit.userId)), sessions),
  );
  onAction(composer, 'menu', async (ctx, { where }) =>
    show(ctx, menuScreen(ctx.visit.language, await hintsOf(ctx.visit.userId)), where, sessions),
  );

  composer.command('cancel', async (ctx) => {
    const { userId, language } = ctx.visit;
    const cancelled = await purchaseDialog.cancel(userId);
    await showBelow(
      ctx,
      noticeWithMenu(cancelled ? 'cancelled-dialog' : 'nothing-to-cancel', language, await hintsOf(userId)),
      sessions,
    );
  });
  return composer;
}
