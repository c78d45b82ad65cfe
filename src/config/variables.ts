/** The environment variables: how each is read, and what a good value looks like. */
import { z } from 'zod';
import { REFERRAL_DEFAULTS, REWARDED_PURCHASES } from '../domain/referral/referral';
import { RECEIPT_CONTACTS } from '../domain/receiptContact';
import { YOOKASSA_WEBHOOK_RANGES } from '../gateways/yookassa/webhookIps';
import { baseUrl, connectionUrl, redisUrl } from './addresses';
import { duration, durationOrNone, encryptionKeys, filePath, isRange, list, port, share } from './settingKinds';

/** `schema` reads the text, or `undefined` for a variable that is not set; `example` is shown when the value is bad. */
export const VARIABLES = {
  BOT_TOKEN: {
    schema: z.string().regex(/^\d{3,}:[A-Za-z0-9_-]{10,}$/, 'must be the token @BotFather gave you'),
    example: '123456789:AAE...',
  },
  TELEGRAM_API_ROOT: { schema: baseUrl.default('https://api.telegram.org'), example: 'https://api.telegram.org' },
  BOT_MODE: {
    schema: z.enum(['polling', 'webhook'], 'must be polling or webhook').default('polling'),
    example: 'polling',
  },
  PUBLIC_URL: { schema: baseUrl.optional(), example: 'https://shop.example.com' },
  TELEGRAM_WEBHOOK_SECRET: {
    schema: z
      .string()
      .regex(/^[A-Za-z0-9_-]{16,256}$/, 'must be 16 to 256 characters of A-Z a-z 0-9 _ -')
      .optional(),
    example: 'a-long-random-string',
  },
  ADMIN_IDS: {
    schema: list
      .pipe(
        z.array(
          z
            .string()
            .regex(/^\d{1,16}$/, 'must be Telegram ids, comma-separated')
            .transform(Number)
            .refine(Number.isSafeInteger, 'must be Telegram ids, which are smaller'),
        ),
      )
      .default([]),
    example: '12345678,87654321',
  },
  YOOKASSA_SHOP_ID: { schema: z.string().regex(/^\d+$/, 'must be the shop id: digits'), example: '100500' },
  YOOKASSA_SECRET_KEY: { schema: z.string().min(8, 'must be the secret key of the shop'), example: 'live_...' },
  YOOKASSA_API_URL: { schema: baseUrl.default('https://api.yookassa.ru/v3'), example: 'https://api.yookassa.ru/v3' },
  YOOKASSA_WEBHOOK_IPS: {
    schema: list
      .pipe(z.array(z.string().refine(isRange, 'must be addresses or CIDR ranges, comma-separated')))
      .default([...YOOKASSA_WEBHOOK_RANGES]),
    example: '185.71.76.0/27,185.71.77.0/27',
  },
  YOOKASSA_RECEIPT_EMAIL: {
    schema: z.email('must be an e-mail address').optional(),
    example: 'receipts@shop.example.com',
  },
  YOOKASSA_RECEIPT_CONTACT: {
    schema: z.enum(RECEIPT_CONTACTS, 'must be "email" or "email-or-phone"').default('email'),
    example: 'email',
  },
  YOOKASSA_VAT_CODE: {
    schema: z
      .string()
      .regex(/^([1-9]|1[0-2])$/, 'must be a number from 1 to 12')
      .transform(Number)
      .default(1),
    example: '1',
  },
  TRUSTED_PROXIES: {
    schema: z
      .string()
      .regex(/^\d{1,2}$/, 'must be the number of proxies in front of the bot')
      .transform(Number)
      .default(0),
    example: '1',
  },
  DATABASE_URL: {
    schema: connectionUrl('postgres:', 'postgresql:'),
    example: 'postgres://shop:password@localhost:5432/gigabridge',
  },
  BOT_DATABASE_USER: {
    schema: z.enum(['own', 'shared'], 'must be own or shared').default('own'),
    example: 'own',
  },
  REDIS_URL: { schema: redisUrl, example: 'redis://localhost:6379' },
  TEMPORAL_ADDRESS: {
    schema: z
      .string()
      .regex(/^[^\s/:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, 'must be host:port')
      .default('localhost:7233'),
    example: 'localhost:7233',
  },
  TEMPORAL_NAMESPACE: { schema: z.string().min(1).default('default'), example: 'default' },
  // The names and meanings of the next six are those of Temporal's own tools (docs.temporal.io, environment
  // configuration).
  TEMPORAL_TLS: {
    schema: z
      .enum(['true', 'false'], 'must be true or false')
      .transform((text) => text === 'true')
      .optional(),
    example: 'true',
  },
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: { schema: filePath, example: './temporal-ca.pem' },
  TEMPORAL_TLS_CLIENT_CERT_PATH: { schema: filePath, example: './temporal-client.pem' },
  TEMPORAL_TLS_CLIENT_KEY_PATH: { schema: filePath, example: './temporal-client.key' },
  TEMPORAL_TLS_SERVER_NAME: { schema: z.string().min(1).optional(), example: 'temporal.example.com' },
  TEMPORAL_API_KEY: {
    schema: z
      .string()
      .regex(/^\S{8,}$/, 'must be the API key, in one line')
      .optional(),
    example: 'eyJhbGciOi...',
  },
  TEMPORAL_PAYLOAD_KEYS: {
    schema: encryptionKeys.default([]),
    example: '2026-11:the-base64-of-32-random-bytes=',
  },
  TEMPORAL_UI_URL: { schema: baseUrl.optional(), example: 'http://localhost:8233' },
  HTTP_HOST: { schema: z.string().min(1).default('127.0.0.1'), example: '0.0.0.0' },
  HTTP_PORT: { schema: port.default(8080), example: '8080' },
  LOG_LEVEL: {
    schema: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'must be trace, debug, info, warn, error or fatal')
      .default('info'),
    example: 'info',
  },
  PAYMENT_POLL_INTERVAL: { schema: duration('10s', '10m'), example: '10s' },
  PAYMENT_POLL_TIMEOUT: { schema: duration('5m', '1h'), example: '5m' },
  REFUND_AFTER: { schema: duration('24h', '30d'), example: '24h' },
  BUYER_REFUND_WITHIN: { schema: durationOrNone('0', '90d'), example: '24h' },
  BUYER_REFUND_MAX_TRAFFIC: { schema: share('10%'), example: '10%' },
  REFERRAL_DAYS: {
    schema: z
      .string()
      .regex(/^(\d|[1-8]\d|90)$/, 'must be days, from 0 (none) to 90')
      .transform(Number)
      .default(7),
    example: '7',
  },
  REFERRAL_PURCHASES: {
    schema: z.enum(REWARDED_PURCHASES, 'must be first or each').default(REFERRAL_DEFAULTS.purchases),
    example: 'each',
  },
  REFERRAL_SECOND_LEVEL_DAYS: {
    schema: z
      .string()
      .regex(/^(\d|[1-8]\d|90)$/, 'must be days, from 0 (none) to 90')
      .transform(Number)
      .default(REFERRAL_DEFAULTS.secondLevelDays),
    example: '2',
  },
  REFERRAL_MAX_PER_MONTH: {
    schema: z
      .string()
      .regex(/^([1-9]\d{0,2}|1000)$/, 'must be rewards a month, from 1 to 1000')
      .transform(Number)
      .default(REFERRAL_DEFAULTS.mostPerMonth),
    example: '20',
  },
  GIFTS: {
    schema: z
      .enum(['on', 'off'], 'must be on or off')
      .default('on')
      .transform((text) => text === 'on'),
    example: 'off',
  },
  REVOKED_GIFT_DISCOUNT: { schema: share('20%'), example: '20%' },
  CATALOG_FILE: { schema: z.string().min(1).optional(), example: './catalog.json' },
  // Panels are told so many days that the account works through it (`panelPeriod`).
  SUBSCRIPTION_GRACE: { schema: durationOrNone('0', '24h'), example: '6h' },
  TELEGRAM_BULK_RATE: {
    schema: z
      .string()
      .regex(/^([1-9]|[12]\d|30)$/, 'must be messages a second, from 1 to 30')
      .transform(Number)
      .default(25),
    example: '25',
  },
  PANEL_SYNC_MAX_CHANGES: { schema: share('20%'), example: '20%' },
  WEBHOOK_RETENTION: { schema: duration('90d', '3650d'), example: '90d' },
  PERSONAL_DATA_RETENTION: { schema: duration('365d', '3650d'), example: '365d' },
  NOTIFICATION_RETENTION: { schema: duration('90d', '3650d'), example: '90d' },
  PANEL_SAMPLE_RETENTION: { schema: duration('30d', '3650d'), example: '30d' },
} as const;
