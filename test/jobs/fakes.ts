/**
 * What the tests of the scheduled activities share: a chat that records messages, a rate limit that does not wait, and
 * subscriptions that end.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { DAY_MS } from '../../src/domain/duration';
import { createReminderActivities } from '../../src/jobs/reminders/activities';
import type { Screen } from '../../src/messages/screens/screen';
import { GatewayError, type GatewayErrorKind } from '../../src/gateways/errors';
import type { SendOutcome } from '../../src/gateways/telegram';
import { createExpiryNoticesRepository } from '../../src/storage/postgres/expiryNotices';
import { createNotificationsRepository } from '../../src/storage/postgres/notifications';
import type { ShopUnderTest } from '../storage/postgres/shopDatabase';

/** 09:00 UTC of some day: noon in Moscow. */
export const NINE = new Date('2026-03-28T09:00:00Z');

export type Hook = (userId: number, attempt: number) => SendOutcome | void | Promise<SendOutcome | void>;

/** A chat service: what was delivered, in order, and a hook that may answer otherwise. */
export function createChat(hook: Hook = () => undefined) {
  const delivered: { userId: number; text: string; buttons: string }[] = [];
  const edits: { userId: number; text: string; buttons: string }[] = [];
  const attempts = new Map<number, number>();
  return {
    delivered,
    /** Every edit; `delivered` shows what it made of the message. */
    edits,
    to: (userId: number) => delivered.filter((one) => one.userId === userId).map(({ text }) => text),
    telegram: {
      async sendMessage({ chatId, text, keyboard }: { chatId: number } & Screen): Promise<SendOutcome> {
        const attempt = (attempts.get(chatId) ?? 0) + 1;
        attempts.set(chatId, attempt);
        const other = await hook(chatId, attempt);
        if (other) return other;
        delivered.push({ userId: chatId, text, buttons: JSON.stringify(keyboard) });
        return { outcome: 'sent', messageId: delivered.length };
      },
      async editMessage({ chatId, messageId, text, keyboard }: { chatId: number; messageId: number } & Screen) {
        const edit = { userId: chatId, text, buttons: JSON.stringify(keyboard) };
        edits.push(edit);
        delivered[messageId - 1] = edit;
        return { outcome: 'sent', messageId } as const;
      },
    },
  };
}

export function telegramError(
  kind: GatewayErrorKind,
  details: { status?: number; code?: string; retryAfterMs?: number } = {},
): GatewayError {
  return new GatewayError(`telegram sendMessage: ${kind}`, {
    service: 'telegram',
    kind,
    operation: 'sendMessage',
    ...details,
  });
}

/** A rate limit without waiting, which records the pauses. */
export function createInstantPace(onTurn: () => Promise<void> = async () => undefined) {
  const pauses: number[] = [];
  return {
    pauses,
    telegramPace: {
      async takeTurn() {
        await onTurn();
        return 0;
      },
      async pause(ms: number) {
        pauses.push(ms);
      },
    },
  };
}

export function bulkDeps(shop: ShopUnderTest, chat: ReturnType<typeof createChat>, now: () => Date = () => NINE) {
  return {
    telegram: chat.telegram,
    expiryNotices: createExpiryNoticesRepository(shop.pool),
    notifications: createNotificationsRepository(shop.pool),
    users: shop.users,
    telegramPace: createInstantPace().telegramPace,
    now,
  };
}

export function reminders(deps: ReturnType<typeof bulkDeps>) {
  const activities = createReminderActivities(deps);
  return {
    ...activities.main,
    send: (info?: object) => inActivity(() => activities.bulk.sendReminders({ after: null }), info),
  };
}

/** Runs one attempt of an activity as a worker would. */
export function inActivity<T>(work: () => Promise<T>, info: object = {}): Promise<T> {
  return new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR', () => undefined) }).run(
    work,
  ) as Promise<T>;
}

/** A delivered subscription of somebody new, bought `days` before its end. */
export async function endingSubscription(
  shop: ShopUnderTest,
  endsAt: Date,
  days = 30,
  change: { serverCode?: string } = {},
): Promise<{ userId: number; id: string; paymentId: string }> {
  const userId = await shop.buyer();
  const boughtAt = new Date(endsAt.getTime() - days * DAY_MS);
  const payment = await shop.issued(
    userId,
    { planCode: 'unlimited', priceKopecks: 39_900, locationCode: 'nl', ...change },
    boughtAt,
  );
  // A plan has its own days; the test says when this one ends.
  await shop.pool.query(
    'UPDATE subscriptions SET starts_at = $2, expires_at = $3, panel_expires_at = $3 WHERE id = $1',
    [payment.subscriptionId, boughtAt, endsAt],
  );
  return { userId, id: payment.subscriptionId, paymentId: payment.id };
}
