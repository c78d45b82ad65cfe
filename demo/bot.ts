import { z } from 'zod';
import type { StandIn } from './standIn';

const botAnswer = z.object({
  commands: z.record(z.string(), z.array(z.object({ command: z.string(), description: z.string() }))).optional(),
  texts: z.record(z.string(), z.string()).optional(),
});

interface BotTexts {
  readonly description: string;
  readonly commands: readonly { readonly command: string; readonly description: string }[];
}

/** What the bot has told Telegram about itself, by language; empty until the bot has started for the first time. */
export type BotView = Readonly<Record<'ru' | 'en', BotTexts>>;

export async function viewBot(telegram: StandIn): Promise<BotView> {
  const { commands = {}, texts = {} } = await telegram
    .get('bot', botAnswer)
    .catch((): z.output<typeof botAnswer> => ({}));
  const text = (language: string): string => texts[`description|${language}`] ?? texts['description|'] ?? '';
  // The order in which Telegram looks for the list of a private chat (Bot API reference, BotCommandScope).
  const list = (language: string): BotTexts['commands'] =>
    ['all_private_chats', 'default']
      .flatMap((scope) => [commands[`${scope}|||${language}`], commands[`${scope}|||`]])
      .find((found) => found !== undefined) ?? [];
  return {
    ru: { description: text('ru'), commands: list('ru') },
    en: { description: text('en'), commands: list('en') },
  };
}
