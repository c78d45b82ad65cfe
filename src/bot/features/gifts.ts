import { Composer } from 'grammy';
import { voucherLink } from '../../domain/voucher/code';
import { plain } from '../../messages/locales/index';
import { giftCancelScreen, giftGoneScreen, giftsScreen, sentGiftScreen } from '../../messages/screens/gift';
import type { Screen } from '../../messages/screens/screen';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { answer, showHere } from '../show';
import type { Features } from './features';
import { stepScreen } from './stepScreen';
import { tellWhyNoRefund } from './whyNoRefund';

type Used = Pick<Features, 'gifts' | 'purchaseDialog'>;

/** Giving a subscription: choosing what to give, and what somebody has given. Claiming one: `vouchersFeature`. */
export function giftsFeature({ gifts, purchaseDialog }: Used): Composer<BotContext> {
  const composer = new Composer<BotContext>();

  const sentScreen = async (ctx: BotContext, id: string): Promise<Screen> => {
    const { userId, language, timeZone } = ctx.visit;
    const sent = await gifts.sent(userId, id);
    if (!sent) return giftGoneScreen(language);
    return sentGiftScreen({ ...sent, link: voucherLink(ctx.me.username, sent.gift.code), timeZone }, language);
  };

  onAction(composer, 'give', async (ctx) => {
    await showHere(ctx, stepScreen(await purchaseDialog.gift(ctx.visit.userId), ctx.visit.language));
  });
  onAction(composer, 'gifts', async (ctx) => {
    const { userId, language, timeZone } = ctx.visit;
    await showHere(ctx, giftsScreen({ gifts: await gifts.sentBy(userId), timeZone }, language));
  });
  onAction(
    composer,
    'sent-gift',
    async (ctx, { payment }) => void (await showHere(ctx, await sentScreen(ctx, payment))),
  );

  onAction(composer, 'cancel-gift', async (ctx, { payment }) => {
    const checked = await gifts.checkRefund(ctx.visit.userId, payment);
    if (checked.outcome !== 'asked') return tellWhyNoRefund(ctx, checked);
    await answer(ctx);
    await showHere(ctx, giftCancelScreen(checked.payment, ctx.visit.language));
  });
  onAction(composer, 'cancel-gift-sure', async (ctx, { payment }) => {
    const asked = await gifts.askForRefund(ctx.visit.userId, payment);
    if (asked.outcome !== 'asked') return tellWhyNoRefund(ctx, asked);
    // What comes of it is told in a message of its own.
    await answer(ctx, plain(ctx.visit.language, 'toast-noted'));
    await showHere(ctx, await sentScreen(ctx, payment));
  });
  return composer;
}
