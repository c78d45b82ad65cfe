import type { Api } from 'grammy';
import type { BotCommand } from 'grammy/types';
import type { Logger } from '../config/logger';
import { LANGUAGES, type Language } from '../domain/language';
import { classifyTelegramError } from '../gateways/telegram/classify';
import { plain } from '../messages/locales/index';

const COMMANDS = [
  'start',
  'buy',
  'subscriptions',
  'help',
  'support',
  'settings',
  'language',
  'cancel',
  'terms',
  'paysupport',
] as const;

function commandsIn(language: Language, isAdmin: boolean): BotCommand[] {
  const names = isAdmin ? [...COMMANDS, 'admin' as const] : COMMANDS;
  return names.map((command) => ({ command, description: plain(language, `command-${command}`) }));
}

/**
 * Sets Telegram's command menu where it differs from the present one. Clients in other languages get the English one.
 * The commands work without it, so a failure is only logged.
 */
export async function publishCommands(api: Api, adminIds: readonly number[], logger: Logger): Promise<void> {
  const scope = { type: 'all_private_chats' } as const;
  const publish = async (
    what: string,
    language: Language,
    options: Parameters<Api['setMyCommands']>[1] & object,
  ): Promise<void> => {
    const isAdmin = options.scope?.type === 'chat';
    const wanted = commandsIn(language, isAdmin);
    try {
      const current = await api.getMyCommands(options);
      if (
        JSON.stringify(current.map(({ command, description }) => ({ command, description }))) !== JSON.stringify(wanted)
      )
        await api.setMyCommands(wanted, options);
    } catch (error) {
      logger.warn(
        { what, verdict: classifyTelegramError(error, 'setMyCommands').kind },
        'the command menu could not be set',
      );
    }
  };
  await publish('default', 'en', { scope });
  for (const language of LANGUAGES) await publish(language, language, { scope, language_code: language });
  // Only in the chats of admins. Telegram refuses it until the admin has written to the bot.
  for (const adminId of adminIds) await publish('admin', 'ru', { scope: { type: 'chat', chat_id: adminId } });
}
