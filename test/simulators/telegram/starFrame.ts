import { Api, GrammyError } from 'grammy';
import type { Update } from 'grammy/types';
import { createTelegramUser, type TelegramUser } from '../../../simulators/telegram/driver';
import { api, startSim, TOKEN } from './frame';

export const PRICES = [{ label: 'Месяц', amount: 250 }];

/** A bot that sells for Stars, and two people in its chats. */
export async function openStars() {
  const sim = await startSim({ token: TOKEN });
  const bot = new Api(TOKEN, { apiRoot: sim.url });
  const anna = createTelegramUser(sim.url, 501, { firstName: 'Анна' });
  const boris = createTelegramUser(sim.url, 502, { firstName: 'Борис' });
  const control = async (method: string, path: string, body?: unknown): Promise<any> => {
    const response = await fetch(`${sim.url}/_sim/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  };
  /** What is new, confirmed. */
  const updates = async (): Promise<Update[]> => {
    const fresh = await bot.getUpdates({ timeout: 0 });
    if (fresh.length > 0) await bot.getUpdates({ offset: fresh.at(-1)!.update_id + 1, timeout: 0 });
    return fresh;
  };
  const asked = { chat_id: 501, title: 'VPN', description: '30 дней', payload: 'p-1', currency: 'XTR', prices: PRICES };
  /** An invoice as the bot asks for it, by any of the two methods. */
  const invoice = (method: 'sendInvoice' | 'createInvoiceLink', change: object = {}) =>
    api(sim.url, method, { ...asked, ...change });
  await anna.start();
  await boris.start();
  await updates();
  return {
    url: sim.url,
    bot,
    anna,
    boris,
    control,
    updates,
    invoice,
    /** Sends an invoice to Anna. @returns the id of the message */
    send: async (change: object = {}) =>
      ((await invoice('sendInvoice', change)).result as { message_id: number }).message_id,
    link: () => bot.createInvoiceLink('VPN', '30 дней', 'p-1', '', 'XTR', PRICES),
    clock: (seconds: number) => control('PUT', 'clock', { offsetMs: seconds * 1000 }),
    /** What the payer's app shows of a tap on "Pay". */
    outcome: async (id: string) => (await control('GET', `stars/attempts/${id}`)).outcome as string,
    /** A payment that the bot has approved. @returns its charge id */
    paid: async (who: TelegramUser, how: Parameters<TelegramUser['pay']>[0]): Promise<string> => {
      const { preCheckoutQueryId } = await who.pay(how);
      await bot.answerPreCheckoutQuery(preCheckoutQueryId, true);
      return (await control('GET', `stars/attempts/${preCheckoutQueryId}`)).chargeId as string;
    },
    /** What was paid and what came back, as updates tell it. */
    news: async () =>
      (await updates()).flatMap(({ message }) => message?.successful_payment ?? message?.refunded_payment ?? []),
    ledger: async (offset = 0, limit = 100) => (await bot.getStarTransactions({ offset, limit })).transactions,
    close: () => sim.close(),
  };
}

/** The words of a refusal. */
export async function description(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof GrammyError ? error.description : String(error);
}
