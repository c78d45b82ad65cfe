import type { TelegramStars } from '../../gateways/telegram';
import type { StarChargesRepository } from '../../storage/postgres/starCharges';
import type { PaymentProvider } from '../port';
import { createBook, createLedger } from './ledger';
import { STARS_CAN, STARS_ID, STARS_LABEL } from './label';
import { createPayments } from './payments';
import { createRefunds } from './refunds';

export interface StarsDeps {
  readonly stars: TelegramStars;
  /** What was paid, as Telegram has told it. */
  readonly charges: StarChargesRepository;
  /** Telegram's id of the bot, which is whose Stars they are. */
  readonly botId: string;
  readonly now: () => Date;
}

/** Telegram Stars: paid in the chat, told by the bot's updates, and all of it in the bot's ledger. */
export function createStars(deps: StarsDeps): PaymentProvider {
  const { stars, botId } = deps;
  return {
    id: STARS_ID,
    label: STARS_LABEL,
    can: STARS_CAN,
    account: botId,
    makesReceipts: false,
    settings: ['BOT_TOKEN'],
    ...createPayments(deps),
    ...createRefunds(deps),
    ...createLedger(deps),
    ...createBook(stars),
    async ping() {
      await stars.balance();
    },
    async checks() {
      const balance = await stars.balance();
      return [{ verdict: 'good', what: `the bot has ${balance} Stars` }];
    },
  };
}
