/**
 * How updates reach the bot: one elected replica polls, or Telegram calls the webhook, which one elected replica has
 * set.
 */
import type { Redis } from 'ioredis';
import type { Api } from 'grammy';
import type { Logger } from '../config/logger';
import type { Settings } from '../config/settings';
import { isGatewayError } from '../gateways/errors';
import { classifyTelegramError } from '../gateways/telegram/classify';
import { createLeader } from '../storage/redis/leader';
import { publishCommands } from './commands';
import { ALLOWED_UPDATES, type ShopBot } from './createBot';
import { createPoller } from './polling';

export interface UpdateSource {
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

export interface UpdateSourceOptions {
  readonly settings: Pick<Settings, 'BOT_MODE' | 'PUBLIC_URL' | 'TELEGRAM_WEBHOOK_SECRET' | 'ADMIN_IDS'>;
  readonly logger: Logger;
  readonly api: Api;
  readonly botId: number;
  readonly redis: Redis;
  readonly handleUpdate: ShopBot['handleUpdate'];
}

/**
 * After a 409 a replica does not poll for longer than a long poll lasts, so that two replicas don't keep interrupting
 * each other.
 */
const AFTER_CONFLICT_MS = 30_000;

export function startUpdateSource({
  settings,
  logger,
  api,
  botId,
  redis,
  handleUpdate,
}: UpdateSourceOptions): UpdateSource {
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  failed.catch(() => undefined);
  const poller = createPoller({
    api,
    handleUpdate,
    logger,
    onConflict: () => void leader.resign(AFTER_CONFLICT_MS),
    onRevoked: () =>
      fail(
        new Error(
          'Telegram does not know BOT_TOKEN any more; it was probably revoked. Copy the new one from @BotFather.',
        ),
      ),
  });

  const leader = createLeader({
    redis,
    name: `${settings.BOT_MODE}:${botId}`,
    logger,
    async onElected() {
      try {
        await begin();
      } catch (error) {
        // Telegram has said when to come back: until then no replica gains anything by asking.
        if (!isGatewayError(error) || error.retryAfterMs === undefined) throw error;
        logger.warn({ err: error, waitMs: error.retryAfterMs }, 'Telegram asks to come back later');
        void leader.resign(error.retryAfterMs);
      }
    },
    onLost: () => poller.stop(),
  });

  async function begin(): Promise<void> {
    // Updates first: users have been waiting since the last leader died. The command menu can wait.
    if (settings.BOT_MODE === 'webhook') await announceWebhook(api, settings, logger);
    else {
      await dropWebhook(api, logger);
      poller.start();
    }
    await publishCommands(api, settings.ADMIN_IDS, logger);
  }
  leader.start();
  return { failed, stop: () => leader.stop() };
}

async function announceWebhook(api: Api, settings: UpdateSourceOptions['settings'], logger: Logger): Promise<void> {
  const url = `${settings.PUBLIC_URL}/webhooks/telegram`;
  try {
    await api.setWebhook(url, {
      secret_token: settings.TELEGRAM_WEBHOOK_SECRET!,
      allowed_updates: [...ALLOWED_UPDATES],
      max_connections: 40,
      drop_pending_updates: false,
    });
    logger.info({ url }, 'Telegram delivers updates here');
  } catch (error) {
    throw withoutToken(error, 'setWebhook');
  }
}

/** Removes a webhook that is left over from BOT_MODE=webhook: with one Telegram refuses getUpdates. */
async function dropWebhook(api: Api, logger: Logger): Promise<void> {
  try {
    const { url } = await api.getWebhookInfo();
    if (!url) return;
    logger.warn('a webhook is set for this token; it is removed, because polling does not work with one');
    await api.deleteWebhook({ drop_pending_updates: false });
  } catch (error) {
    throw withoutToken(error, 'deleteWebhook');
  }
}

/** The error without the token, which grammY's own errors contain. */
function withoutToken(error: unknown, operation: string): Error {
  const verdict = classifyTelegramError(error, operation);
  return verdict.kind === 'failed' ? verdict.error : new Error(`telegram ${operation}: ${verdict.kind}`);
}
