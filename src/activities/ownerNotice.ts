import { DEFAULT_TIME_ZONE } from '../domain/calendar';
import { missedNoticesScreen } from '../messages/screens/ownerNotice';
import type { Screen } from '../messages/screens/screen';
import type { Language } from '../domain/language';
import { isGatewayError } from '../gateways/errors';
import type { TelegramGateway } from '../gateways/telegram';
import type { NotificationsRepository } from '../storage/postgres/notifications';
import type { UsersRepository } from '../storage/postgres/users';
import { createNotifyOnce } from './notifyOnce';

export interface OwnersDeps {
  readonly telegram: TelegramGateway;
  readonly notifications: NotificationsRepository;
  readonly users: UsersRepository;
  readonly adminIds: readonly number[];
}

/** A message to owners, in the language and time zone of the one who reads it. */
export type OwnersScreen = (language: Language, timeZone: string) => Screen;

/** The message as this owner reads it. */
export async function ownersScreen(users: OwnersDeps['users'], adminId: number, screen: OwnersScreen): Promise<Screen> {
  const owner = await users.byId(adminId);
  return screen(owner?.language ?? 'ru', owner?.timeZone ?? DEFAULT_TIME_ZONE);
}

/** What owners are told of; kinds of rows of `notifications`. */
const OWNER_NOTICES = ['attention', 'refund-notice', 'outage', 'audit', 'panel-sync'] as const;
export type OwnerNotice = (typeof OWNER_NOTICES)[number];

/**
 * Tells every owner one thing, each in their language and time zone, once. One who can't be told does not keep it from
 * the others.
 * @param kind with `subject`: what it is about; the same is never told twice
 * @returns `told`: whether an owner has it, now or from before
 * @throws GatewayError when Telegram could not be asked for one of them, or refused it for all; a repeat leaves out
 *   whoever was told before
 */
export type TellOwners = (kind: OwnerNotice, subject: string, screen: OwnersScreen) => Promise<{ told: boolean }>;

export function createTellOwners({ telegram, notifications, users, adminIds }: OwnersDeps): TellOwners {
  const notifyOnce = createNotifyOnce(notifications);
  return async (kind, subject, screen) => {
    let told = false;
    const failures: unknown[] = [];
    for (const adminId of adminIds) {
      try {
        const outcome = await notifyOnce(adminId, kind, subject, async () => {
          const shown = await ownersScreen(users, adminId, screen);
          return telegram.sendMessage({ chatId: adminId, ...shown });
        });
        if (outcome !== 'unreachable') told = true;
        // Until they start or unblock the bot. What they miss meanwhile is told then: `createTellMissed`.
        else await users.setReachable(adminId, false);
      } catch (error) {
        failures.push(error);
      }
    }
    // Repeating a refused message changes nothing, and the others have it.
    const worthRepeating = failures.find((error) => !isGatewayError(error) || error.kind !== 'refused');
    if (worthRepeating !== undefined || (failures.length > 0 && !told)) throw worthRepeating ?? failures[0];
    return { told };
  };
}

/**
 * Owners who could not be written to and can be now hear what they missed, each once. One who can't be told does not
 * keep it from the others.
 * @returns how many were told
 * @throws GatewayError when Telegram could not be asked for one of them
 */
export function createTellMissed({ telegram, notifications, users, adminIds }: OwnersDeps): () => Promise<number> {
  return async () => {
    let told = 0;
    const failures: unknown[] = [];
    const tell = async (adminId: number): Promise<void> => {
      const owner = await users.byId(adminId);
      // Without a row they have never started the bot.
      if (!owner || owner.unreachableAt !== null) return;
      const missed = await notifications.missed(adminId, OWNER_NOTICES);
      if (missed.length === 0) return;
      const sent = await telegram.sendMessage({ chatId: adminId, ...missedNoticesScreen(missed, owner.language) });
      if (sent.outcome !== 'sent') return users.setReachable(adminId, false);
      await notifications.recordMissedTold(adminId, OWNER_NOTICES, missed);
      told += 1;
    };
    for (const adminId of adminIds) await tell(adminId).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
    return told;
  };
}
