import type { Api } from 'grammy';
import { isFinal, type Payment } from '../../domain/payment';
import type { ChatOf } from '../../storage/postgres/payments';
import type { Sessions } from '../../storage/redis/sessions';
import type { BotContext } from '../context';
import { paymentScreen, workflowsAwayScreen } from '../../messages/screens/payment';
import type { Screen } from '../../messages/screens/screen';
import { editMessage, editMessageIn, keepButtons, sendTo, showHere } from '../show';
import type { Paying } from '../useCases/pay';
import type { Opened } from '../useCases/payOutcome';

export interface PaymentScreens {
  /** Draws a payment in the pressed message (or below it); this message is the payment's screen from now on. */
  draw(ctx: BotContext, payment: Payment): Promise<void>;
  /**
   * Draws an order that was opened; when its workflow could not be started, the screen says that the link is delayed.
   */
  open(ctx: BotContext, opened: Opened): Promise<void>;
  /** Brings the payment's screen up to date where nobody has pressed anything; sends it anew when it is deleted. */
  refresh(api: Api, chatOf: ChatOf): Promise<void>;
}

/**
 * The worker edits the same message whenever the payment's state changes. The last edit must show the newest state, so
 * after drawing the payment is read once more and drawn again if it has changed.
 */
export function createPaymentScreens(deps: {
  readonly paying: Paying;
  readonly sessions: Sessions;
  readonly now: () => Date;
}): PaymentScreens {
  const { paying, sessions, now } = deps;
  const screenOf = (ctx: BotContext, payment: Payment): Screen =>
    paymentScreen({ payment, language: ctx.visit.language, timeZone: ctx.visit.timeZone, now: now() });

  async function place(ctx: BotContext, payment: Payment, screen: Screen): Promise<number> {
    const messageId = await showHere(ctx, screen);
    await paying.setScreenMessage(payment, messageId);
    await keepButtons(ctx, messageId, sessions);
    return messageId;
  }

  async function redrawIfChanged(ctx: BotContext, drawn: Payment, messageId: number): Promise<void> {
    const current = await paying.own(ctx.visit.userId, drawn.id);
    if (!current) return;
    const [before, after] = [screenOf(ctx, drawn), screenOf(ctx, current)];
    if (JSON.stringify(before) !== JSON.stringify(after)) await editMessage(ctx, messageId, after);
  }

  return {
    async draw(ctx, payment) {
      await redrawIfChanged(ctx, payment, await place(ctx, payment, screenOf(ctx, payment)));
    },
    async open(ctx, { payment, isStarted }) {
      if (!isStarted && payment.status === 'created')
        return void (await place(ctx, payment, workflowsAwayScreen(payment, ctx.visit.language)));
      const messageId = await place(ctx, payment, screenOf(ctx, payment));
      if (!isFinal(payment.status)) await redrawIfChanged(ctx, payment, messageId);
    },
    async refresh(api, { payment, timeZone }) {
      const { chatId, screenMessageId, language } = payment;
      const screen = paymentScreen({ payment, language, timeZone, now: now() });
      if (screenMessageId !== null && (await editMessageIn(api, chatId, screenMessageId, screen))) return;
      await paying.setScreenMessage(payment, await sendTo(api, chatId, screen));
    },
  };
}
