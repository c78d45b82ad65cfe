import { log } from '@temporalio/activity';
import { voucherLink } from '../domain/voucher/code';
import { isRefusedMessage } from '../gateways/errors';
import type { TelegramGateway } from '../gateways/telegram';
import { giftNoticeScreen } from '../messages/screens/gift';
import type { Gift, GiftsRepository } from '../storage/postgres/gifts';
import { GIFT_NOTICE, giftNoticeSubject } from '../storage/postgres/gifts/notices';
import type { NotificationsRepository } from '../storage/postgres/notifications';
import type { UsersRepository } from '../storage/postgres/users';
import type { GiftNotice } from '../workflows/contracts/gift';
import { createNotifyOnce, type NotifyOutcome } from './notifyOnce';

export interface TellGiverDeps {
  readonly gifts: Pick<GiftsRepository, 'giverTold'>;
  readonly users: Pick<UsersRepository, 'byId' | 'setReachable'>;
  readonly notifications: NotificationsRepository;
  readonly telegram: Pick<TelegramGateway, 'sendMessage'>;
  /** The bot's name, for the link. @throws GatewayError */
  readonly botUsername: () => Promise<string>;
}

/**
 * Tells the giver of a gift something once. What became of the gift stays owed to whoever could not be written to; a
 * reminder does not.
 * @returns `past`: there is nothing to tell; `refused`: Telegram takes the message in no form
 * @throws GatewayError when Telegram is away; what is owed stays owed
 */
export type TellGiver = (gift: Gift, notice: GiftNotice) => Promise<NotifyOutcome | 'past' | 'refused'>;

export function createTellGiver(deps: TellGiverDeps): TellGiver {
  const { gifts, users, notifications, telegram, botUsername } = deps;
  const notifyOnce = createNotifyOnce(notifications);
  return async (gift, notice) => {
    if (isPast(notice, gift)) return 'past';
    const { id, giverId } = gift;
    const giver = await users.byId(giverId);
    if (!giver) throw new Error(`user ${giverId} does not exist`);
    const link = voucherLink(await botUsername(), gift.code);
    const subject = giftNoticeSubject(id, notice.about === 'reminder' ? `reminder-${notice.day}` : notice.about);
    const screen = giftNoticeScreen(notice.about, { gift, link, timeZone: giver.timeZone }, giver.language);
    const outcome = await notifyOnce(giverId, GIFT_NOTICE, subject, () =>
      telegram.sendMessage({ chatId: giverId, ...screen }),
    ).catch(async (error: unknown) => {
      if (!isRefusedMessage(error)) throw error;
      // Sending it again changes nothing: a fault of ours.
      log.error('Telegram refuses what the giver of a gift is told', { giftId: id, subject, code: error.code });
      await notifications.record(giverId, GIFT_NOTICE, subject, 'dropped');
      return 'refused' as const;
    });
    if (outcome === 'unreachable') await users.setReachable(giverId, false);
    else if (notice.about !== 'reminder') await gifts.giverTold(id);
    return outcome;
  };
}

/**
 * Whether there is nothing to tell any more: it stands otherwise by now, or its giver has claimed it and knows of it.
 * One that was given back waits for whoever had it: its giver is not asked to send it again.
 */
function isPast({ about }: GiftNotice, { state, claimedBy, giverId, givenBackAt }: Gift): boolean {
  if (about === 'reminder') return state !== 'waiting' || givenBackAt !== null;
  return state !== about || claimedBy === giverId;
}
