export { classifyTelegramError } from './classify';
export { createTelegramGateway } from './client';
export type { SendOutcome, TelegramGateway } from './gateway';
export { observeTelegram } from './observe';
export { findUnreachable, type UnreachableChat } from './reachability';
export { createBotUsername, readBotStanding, type BotStanding } from './standing';
