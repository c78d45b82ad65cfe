export { createApi } from './api';
export { classifyTelegramError } from './classify';
export { createTelegramGateway } from './client';
export type { SendOutcome, TelegramGateway } from './gateway';
export { createTelegramStars, STAR_ROWS_PER_CALL, type StarInvoice, type TelegramStars } from './stars';
export type { StarRow } from './starRows';
export { observeTelegram } from './observe';
export { findUnreachable, type UnreachableChat } from './reachability';
export { createBotUsername, readBotStanding, type BotStanding } from './standing';
