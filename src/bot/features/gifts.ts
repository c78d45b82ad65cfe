import { Composer } from 'grammy';
import { voucherLink } from '../../domain/voucher/code';
import { giftCancelScreen, giftGoneScreen, giftsScreen, sentGiftScreen } from '../../messages/screens/giftList';
import type { Screen } from '../../messages/screens/screen';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { showHere } from '../show';
import { onRefund } from './buyerRefund';
import type { Features } from './features';
import { stepScreen } from './stepScreen';

type Used = Pick<Features, 'sellsGifts' | 'gifts' | 'buyerRefunds' | 'purchaseDialog'>;

/** Giving a subscription: choosing what to give, and what somebody has given. Claiming one: `vouchersFeature`. */
export function giftsFeature({ sellsGifts, gifts, buyerRefunds, purchaseDialog }: Used): Composer<BotContext> {
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
  onAction(composer, 'gifts', async (ctx, { page }) => {
    const { userId, language, timeZone } = ctx.visit;
    await showHere(
      ctx,
      giftsScreen({ ...(await gifts.sentBy(userId, page)), timeZone, areSold: sellsGifts }, language),
    );
  });
  onAction(
    composer,
    'sent-gift',
    async (ctx, { payment }) => void (await showHere(ctx, await sentScreen(ctx, payment))),
  );

  onRefund(composer, buyerRefunds, {
    check: 'cancel-gift',
    sure: 'cancel-gift-sure',
    sureScreen: giftCancelScreen,
    after: sentScreen,
  });
  return composer;
}
