import { z } from 'zod';
import { HOUR_MS } from '../../domain/duration';
import { GatewayError } from '../errors';
import { createApi, type TelegramAccess } from './api';
import { classifyTelegramError } from './classify';

/** What Telegram knows of the bot. */
export interface BotStanding {
  readonly username: string;
  /** Empty while the bot polls. */
  readonly webhookUrl: string;
  /** Number of updates that wait to be delivered. */
  readonly waiting: number;
  /** Telegram's last error with the webhook, if it was within the last hour. */
  readonly lastError: string | undefined;
}

const RECENT_MS = HOUR_MS;

const meAnswer = z.object({ username: z.string() });
const webhookAnswer = z.object({
  url: z.string(),
  pending_update_count: z.number(),
  last_error_date: z.number().optional(),
  last_error_message: z.string().optional(),
});

/** Asks Telegram who the bot is and how its webhook works (Bot API, getMe and getWebhookInfo). @throws GatewayError */
export async function readBotStanding(access: TelegramAccess): Promise<BotStanding> {
  const api = createApi(access);
  try {
    const me = meAnswer.parse(await api.getMe());
    const webhook = webhookAnswer.parse(await api.getWebhookInfo());
    const recent = webhook.last_error_date !== undefined && Date.now() - webhook.last_error_date * 1000 < RECENT_MS;
    return {
      username: me.username,
      webhookUrl: webhook.url,
      waiting: webhook.pending_update_count,
      // The text may quote the address, which contains no secret, or control characters, which must not reach a
      // terminal.
      lastError: recent ? webhook.last_error_message?.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, 120) : undefined,
    };
  } catch (error) {
    const verdict = classifyTelegramError(error, 'getMe');
    throw verdict.kind === 'failed'
      ? verdict.error
      : new GatewayError(`telegram getMe: ${verdict.kind}`, {
          service: 'telegram',
          kind: 'refused',
          operation: 'getMe',
        });
  }
}

/** The bot's name, for links to it: asked once, when it is first needed. @throws GatewayError */
export function createBotUsername(access: TelegramAccess): () => Promise<string> {
  let known: string | undefined;
  return async () => (known ??= (await readBotStanding(access)).username);
}
