export { classifyTelegramError, type TelegramVerdict, type UnreachableReason } from './classify';
export {
  createTelegramGateway,
  type DeleteOutcome,
  type EditOutcome,
  type OutgoingPhoto,
  type OutgoingText,
  type SendOutcome,
  type TelegramGateway,
  type TelegramGatewayOptions,
  type TextEdit,
} from './client';
export { readBotStanding, type BotStanding } from './standing';
