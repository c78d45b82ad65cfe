import { isFinal, type Payment } from '../../domain/payment';
import type { Sessions } from '../../storage/redis/sessions';
import type { BotContext } from '../context';
import { paymentScreen, workflowsAwayScreen } from '../../messages/screens/payment';
import type { Screen } from '../../messages/screens/screen';
import { editMessage, showHere } from '../show';
import type { Opened, Paying } from '../useCases/pay';

export interface PaymentScreens {
  /** Draws a payment in the pressed message (or below), which is its live screen from now on. */
  draw(ctx: BotContext, payment: Payment): Promise<void>;
  /** Draws an order that was opened; without a workflow, that its link has to wait. */
  open(ctx: BotContext, opened: Opened): Promise<void>;
}

/**
 * The worker draws the same screen whenever the payment moves on. Whoever draws last must draw the newest state, so after drawing
 * the record is read once more.
 */
export function createPaymentScreens(deps: {
  readonly paying: Paying;
  readonly sessions: Sessions;
  readonly now: () => Date;
  readonly publicUrl: string | undefined;
}): PaymentScreens {
  const { paying, sessions, now, publicUrl } = deps;
  const screenOf = (ctx: BotContext, payment: Payment): Screen =>
    paymentScreen({ payment, language: ctx.visit.language, timeZone: ctx.visit.timeZone, now: now(), publicUrl });

  async function place(ctx: BotContext, payment: Payment, screen: Screen): Promise<number> {
    const messageId = await showHere(ctx, screen);
    await paying.moveTo(payment, messageId);
    const { settings } = await sessions.get(ctx.visit.userId);
    // The message is the payment's now; later commands must not take its buttons.
    if (settings.liveMessageId === messageId)
      await sessions.patchSettings(ctx.visit.userId, { liveMessageId: undefined });
    return messageId;
  }

  async function catchUp(ctx: BotContext, drawn: Payment, messageId: number): Promise<void> {
    const current = await paying.own(ctx.visit.userId, drawn.id);
    if (!current) return;
    const [before, after] = [screenOf(ctx, drawn), screenOf(ctx, current)];
    if (JSON.stringify(before) !== JSON.stringify(after)) await editMessage(ctx, messageId, after);
  }

  return {
    async draw(ctx, payment) {
      await catchUp(ctx, payment, await place(ctx, payment, screenOf(ctx, payment)));
    },
    async open(ctx, { payment, isStarted }) {
      if (!isStarted && payment.status === 'created')
        return void (await place(ctx, payment, workflowsAwayScreen(payment, ctx.visit.language)));
      const messageId = await place(ctx, payment, screenOf(ctx, payment));
      if (!isFinal(payment.status)) await catchUp(ctx, payment, messageId);
    },
  };
}
