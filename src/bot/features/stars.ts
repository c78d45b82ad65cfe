import { setTimeout as sleep } from 'node:timers/promises';
import { Composer } from 'grammy';
import type { Message } from 'grammy/types';
import { wakeByNotification } from '../../clients/wakeByNotification';
import { languageFromCode } from '../../domain/language';
import { disapprovalOf } from '../../domain/starApproval';
import { isUuid } from '../../domain/uuid';
import { createTelegramStars } from '../../gateways/telegram';
import { plain } from '../../messages/locales/index';
import { notPayable } from '../../messages/screens/notPayable';
import { claimOf } from '../../providers/token';
import type { Notification } from '../../providers/webhook';
import type { BotContext } from '../context';
import type { BotDeps } from '../ports';
import { PaymentNotStoredError } from '../paymentNotStored';

/** Telegram gives up after 10 s; then no Stars have moved. */
const ANSWER_WITHIN_MS = 8_000;
/** As the payments of this provider have it. */
const PROVIDER = 'stars';

export type StarsDeps = Pick<
  BotDeps,
  'payments' | 'starCharges' | 'paymentWorkflows' | 'refundWorkflows' | 'hasSucceededRefund' | 'logger' | 'now'
> & { readonly answerWithinMs?: number | undefined };

/**
 * Payments in Telegram Stars. Before everything that drops, limits or queues updates: a question right before a payment
 * waits for nobody, and what was paid is written down before anything else is done.
 */
export function starsFeature(deps: StarsDeps): Composer<BotContext> {
  const { payments, starCharges, logger, now, answerWithinMs = ANSWER_WITHIN_MS } = deps;
  const composer = new Composer<BotContext>();

  /** What the payer reads; `undefined`: they may pay. Answered from the record alone. */
  async function refusal(query: NonNullable<BotContext['preCheckoutQuery']>): Promise<string | undefined> {
    const { invoice_payload: ref, from, currency, total_amount: minor } = query;
    const { orderId } = claimOf(ref);
    const order = isUuid(orderId) ? await payments.byId(orderId) : undefined;
    const ofStars = order?.provider === PROVIDER ? order : undefined;
    const disapproval = disapprovalOf({ ref, payerId: from.id, price: { currency, minor } }, ofStars, now());
    if (disapproval === undefined) return undefined;
    logger.info({ paymentId: ofStars?.id, disapproval }, 'a payment in Stars was refused before it was made');
    return notPayable(disapproval, languageFromCode(from.language_code));
  }

  composer.on('pre_checkout_query', async (ctx) => {
    const query = ctx.preCheckoutQuery;
    const trouble = plain(languageFromCode(query.from.language_code), 'not-payable-trouble');
    const say = await Promise.race([
      refusal(query).catch((error: unknown) => {
        logger.error({ err: error }, 'whether an order may be paid in Stars is not known; it was refused');
        return trouble;
      }),
      sleep(answerWithinMs, trouble, { ref: false }),
    ]);
    if ((await createTelegramStars(ctx.api).answerPreCheckout(query.id, say)) === 'too-late')
      logger.warn('a question right before a payment in Stars was answered too late; no Stars have moved');
  });

  composer.on('message:successful_payment', async (ctx) => {
    const paid = ctx.message.successful_payment;
    if (paid.currency !== 'XTR') return;
    const charge = {
      chargeId: paid.telegram_payment_charge_id,
      payload: paid.invoice_payload,
      payerId: ctx.from.id,
      stars: paid.total_amount,
      chargedAt: new Date(ctx.message.date * 1000),
    };
    await stored(() => starCharges.record(charge));
    await wake('charge', paid);
  });

  composer.on('message:refunded_payment', async (ctx) => {
    const refunded = ctx.message.refunded_payment;
    const at = new Date(ctx.message.date * 1000);
    await stored(() => starCharges.recordRefunded(refunded.telegram_payment_charge_id, at));
    await wake('refund', refunded);
  });

  /** Its workflow looks now instead of with the next poll; what is stored already is lost by no failure of this. */
  async function wake(
    about: 'charge' | 'refund',
    told: NonNullable<Message['successful_payment'] | Message['refunded_payment']>,
  ): Promise<void> {
    const ref = told.invoice_payload;
    const notification: Notification = {
      provider: PROVIDER,
      event: about === 'charge' ? 'successful_payment' : 'refunded_payment',
      objectId: told.telegram_payment_charge_id,
      about,
      ref,
      claimedOrderId: claimOf(ref).orderId ?? undefined,
      saysPaid: about === 'charge',
    };
    try {
      const outcome = await wakeByNotification(deps, notification);
      logger.info({ outcome, about }, 'Telegram has told of a payment in Stars');
    } catch (error) {
      logger.warn({ err: error, about }, 'a workflow could not be told of a payment in Stars; it looks by itself');
    }
  }
  return composer;
}

/** @throws PaymentNotStoredError when the database is away: Telegram then delivers the update again */
async function stored(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // What the database refuses it refuses again: the bot's ledger has it, and a person looks.
    const { code } = (error ?? {}) as { code?: unknown };
    if (typeof code === 'string' && /^2[23]/.test(code)) throw error;
    throw new PaymentNotStoredError('a payment in Stars could not be written down', { cause: error });
  }
}
