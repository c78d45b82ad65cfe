export { classifyTelegramError } from './classify';
export { createTelegramGateway, type SendOutcome, type TelegramGateway } from './client';
export { readBotStanding, type BotStanding } from './standing';
