export { classifyTelegramError } from './classify';
export { createTelegramGateway, type SendOutcome, type TelegramGateway } from './client';
export { observeTelegram } from './observe';
export { findUnreachable, type UnreachableChat } from './reachability';
export { readBotStanding, type BotStanding } from './standing';
