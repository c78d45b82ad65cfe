import { Composer } from 'grammy';
import { UUID_PATTERN } from '../../domain/uuid';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { menuScreen, noticeWithMenu, welcomeScreen, type Unfinished } from '../../messages/screens/menu';
import { show, showBelow } from '../show';
import type { Features } from './features';

/** `pay_<payment id>`: the deep link of the return page. Anything else is a plain start. */
const PAY_PAYLOAD = new RegExp(`^pay_(${UUID_PATTERN})$`);

/** `/start`, `/menu` and the menu button: the menu, and what was left unfinished. Also `/cancel`. */
export function startFeature({ sessions, paying, purchaseDialog, paymentScreens }: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const unfinishedOf = async (userId: number): Promise<Unfinished> => ({
    payment: await paying.unfinishedOf(userId),
    dialog: await purchaseDialog.isUnfinished(userId),
  });

  composer.command('start', async (ctx) => {
    const { userId, language, firstName } = ctx.visit;
    const paymentId = PAY_PAYLOAD.exec(ctx.match)?.[1];
    const opened = paymentId === undefined ? undefined : await paying.reopen(userId, paymentId);
    if (opened) return paymentScreens.open(ctx, opened);
    await showBelow(ctx, welcomeScreen(firstName, language, await unfinishedOf(userId)), sessions);
  });

  composer.command('menu', async (ctx) =>
    showBelow(ctx, menuScreen(ctx.visit.language, await unfinishedOf(ctx.visit.userId)), sessions),
  );
  onAction(composer, 'menu', async (ctx, { where }) =>
    show(ctx, menuScreen(ctx.visit.language, await unfinishedOf(ctx.visit.userId)), where, sessions),
  );

  composer.command('cancel', async (ctx) => {
    const { userId, language } = ctx.visit;
    const cancelled = await purchaseDialog.cancel(userId);
    await showBelow(
      ctx,
      noticeWithMenu(cancelled ? 'cancelled-dialog' : 'nothing-to-cancel', language, await unfinishedOf(userId)),
      sessions,
    );
  });
  return composer;
}
