import { Api } from 'grammy';
import { GatewayError } from '../errors';
import { classifyTelegramError } from './classify';
import type { TelegramGatewayOptions } from './client';

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

const RECENT_MS = 3_600_000;

/** Asks Telegram who the bot is and how its webhook works (Bot API, getMe and getWebhookInfo). @throws GatewayError */
export async function readBotStanding({ token, apiRoot, timeoutMs }: TelegramGatewayOptions): Promise<BotStanding> {
  const api = new Api(token, {
    apiRoot: apiRoot.replace(/\/+$/, ''),
    timeoutSeconds: timeoutMs / 1000,
    sensitiveLogs: false,
  });
  try {
    const [me, webhook] = [await api.getMe(), await api.getWebhookInfo()];
    const recent = webhook.last_error_date !== undefined && Date.now() - webhook.last_error_date * 1000 < RECENT_MS;
    return {
      username: me.username,
      webhookUrl: webhook.url ?? '',
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
