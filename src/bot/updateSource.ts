/** How updates reach this replica: one elected replica polls, or Telegram calls whichever it likes and one replica has told it where. */
import type { Redis } from 'ioredis';
import type { Api } from 'grammy';
import type { Logger } from '../config/logger';
import type { Settings } from '../config/settings';
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

/** Whoever lost a 409 stays away for longer than a long poll lasts, so that two never keep throwing each other out. */
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
      // People first: they have been waiting since the last leader died. The command menu can.
      if (settings.BOT_MODE === 'webhook') await announceWebhook(api, settings, logger);
      else {
        await dropWebhook(api, logger);
        poller.start();
      }
      await publishCommands(api, settings.ADMIN_IDS, logger);
    },
    onLost: () => poller.stop(),
  });
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
    throw understood(error, 'setWebhook');
  }
}

/** A webhook left over from another mode would keep every update from a poller. */
async function dropWebhook(api: Api, logger: Logger): Promise<void> {
  try {
    const { url } = await api.getWebhookInfo();
    if (!url) return;
    logger.warn('a webhook was set for this token; polling needs it gone, so it is removed');
    await api.deleteWebhook({ drop_pending_updates: false });
  } catch (error) {
    throw understood(error, 'deleteWebhook');
  }
}

/** grammY's errors hold the token. */
function understood(error: unknown, operation: string): Error {
  const verdict = classifyTelegramError(error, operation);
  return verdict.kind === 'failed' ? verdict.error : new Error(`telegram ${operation}: ${verdict.kind}`);
}
