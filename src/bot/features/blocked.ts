import { Composer } from 'grammy';
import { readVoucherCode } from '../../domain/voucher/code';
import type { Verb } from '../../messages/callbackData';
import { blockedScreen } from '../../messages/screens/blocked';
import { unlessAway } from '../../storage/redis/errors';
import type { BotContext } from '../context';
import { answer, showBelow } from '../show';
import type { Features } from './features';

/**
 * Buttons that lead to an order, a trial, a code, a gift or a reward. What somebody has paid for, its refunds and
 * support are not among them.
 */
const LEADS_TO_MORE: ReadonlySet<Verb> = new Set<Verb>([
  ...(['buy', 'servers', 'server', 'plan', 'plans', 'continue', 'renew', 'again', 'pay', 'pay-instead'] as const),
  ...(['trial', 'take-trial', 'promo', 'promo-begin', 'promo-days', 'give', 'invite'] as const),
  ...(['enter-voucher', 'gift', 'gift-new', 'gift-at', 'gift-to'] as const),
]);

/** What `/start` is given in a link to a code, a gift or an invitation. */
const GIVING_PAYLOAD = /^(promo|gift|ref)_/;

/**
 * Answers whoever is blocked, before every other feature: the shop gives them nothing more, and whom to write to. It
 * only saves them taps: what counts is decided where something is ordered or given, in that transaction.
 */
export function blockedFeature({
  sessions,
  purchaseDialog,
  dialogs,
}: Pick<Features, 'sessions' | 'purchaseDialog' | 'dialogs'>): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const blocked = composer.filter((ctx) => ctx.visit.isBlocked);
  /** Below: the pressed message may be an order, a key or a gift of theirs. */
  const tell = async (ctx: BotContext): Promise<void> => {
    await answer(ctx);
    await showBelow(ctx, blockedScreen(ctx.visit.language), sessions);
  };

  blocked
    .on('callback_query:data')
    .filter(({ visit }) => visit.action !== undefined && LEADS_TO_MORE.has(visit.action.do))
    .use(tell);
  blocked.command('buy', tell);
  blocked.command('start').filter((ctx) => GIVING_PAYLOAD.test(ctx.match), tell);
  blocked.on('message:text', async (ctx, next) => {
    const { text } = ctx.message;
    return !text.startsWith('/') && (await isCode(ctx.visit.userId, text)) ? tell(ctx) : next();
  });

  /** It looks like the code of a gift, or was asked for as a code before they were blocked. */
  async function isCode(userId: number, text: string): Promise<boolean> {
    if (readVoucherCode(text) !== undefined || (await purchaseDialog.isPromoAsked(userId))) return true;
    const dialog = await unlessAway(dialogs.read({ chatId: userId, userId }), undefined);
    return dialog?.state.name === 'entering-voucher';
  }
  return composer;
}
