import { Composer } from 'grammy';
import { VOUCHER_PAYLOAD } from '../../domain/voucher/code';
import type { VoucherPlace } from '../../domain/voucher/voucher';
import type { Language } from '../../domain/language';
import type { Screen } from '../../messages/screens/screen';
import {
  voucherAnswerScreen,
  voucherAskedScreen,
  voucherEnterScreen,
  voucherLockedScreen,
  voucherPlacesScreen,
  voucherScreen,
} from '../../messages/screens/voucher';
import { onAction } from '../actions';
import type { BotContext } from '../context';
import { askedHere, showBelow, showHere } from '../show';
import type { VoucherLook } from '../useCases/vouchers';
import type { Features } from './features';

type Used = Pick<Features, 'vouchers' | 'sessions'>;

/**
 * Vouchers: by their link (`/start gift_CODE`), or their code as a text. The worker edits the message in which somebody
 * has claimed one.
 */
export function vouchersFeature({ vouchers, sessions }: Used): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const screenOf = (ctx: BotContext, look: VoucherLook): Screen => lookScreen(look, ctx.visit);

  composer.command('start').filter(
    (ctx) => VOUCHER_PAYLOAD.test(ctx.match),
    async (ctx) => {
      const code = VOUCHER_PAYLOAD.exec(ctx.match)![1]!;
      await showBelow(ctx, screenOf(ctx, await vouchers.look(ctx.visit.userId, code)), sessions);
    },
  );

  onAction(composer, 'enter-voucher', async (ctx) => {
    await vouchers.enter(ctx.visit.userId);
    await showHere(ctx, voucherEnterScreen(ctx.visit.language));
  });
  composer.on('message:text', async (ctx, next) => {
    const look = ctx.message.text.startsWith('/')
      ? undefined
      : await vouchers.entered(ctx.visit.userId, ctx.message.text);
    if (look === undefined) return next();
    await showBelow(ctx, screenOf(ctx, look), sessions);
  });

  onAction(composer, 'gift', async (ctx, { voucher }) => {
    await showHere(ctx, screenOf(ctx, await vouchers.look(ctx.visit.userId, voucher)));
  });
  onAction(composer, 'gift-new', async (ctx, { voucher }) => {
    const look = await vouchers.look(ctx.visit.userId, voucher);
    const { timeZone, language } = ctx.visit;
    await showHere(
      ctx,
      look.look === 'offer' ? voucherPlacesScreen({ ...look, timeZone }, language) : screenOf(ctx, look),
    );
  });

  const claim = async (
    ctx: BotContext,
    wanted: { readonly code: string; readonly place: VoucherPlace; readonly shown: string },
  ): Promise<void> => {
    const { code, place } = wanted;
    const { userId, language } = ctx.visit;
    const isNewKey = 'locationCode' in place;
    const asked = askedHere(ctx, (isAsked) => voucherAskedScreen({ code, isNewKey, isAsked }, language), sessions);
    const tap = await vouchers.claim(userId, wanted, asked);
    if (tap.look !== 'asked') await showHere(ctx, screenOf(ctx, tap));
  };
  onAction(composer, 'gift-at', (ctx, { voucher: code, location, shown }) =>
    claim(ctx, { code, place: { locationCode: location }, shown }),
  );
  onAction(composer, 'gift-to', (ctx, { voucher: code, subscription, shown }) =>
    claim(ctx, { code, place: { subscriptionId: subscription }, shown }),
  );
  return composer;
}

function lookScreen(look: VoucherLook, visit: { readonly language: Language; readonly timeZone: string }): Screen {
  const { language, timeZone } = visit;
  switch (look.look) {
    case 'offer':
      return voucherScreen({ ...look, timeZone }, language);
    case 'answer':
      return voucherAnswerScreen(look.answer, language);
    case 'locked':
      return voucherLockedScreen(look.retryAfterMs, language);
  }
}
