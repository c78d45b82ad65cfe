import { giftNoticeScreen } from '../messages/screens/gift';
import type { TelegramGateway } from '../gateways/telegram';
import type { Gift, GiftsRepository } from '../storage/postgres/gifts';
import type { NotificationsRepository } from '../storage/postgres/notifications';
import type { UsersRepository } from '../storage/postgres/users';
import { voucherLink } from '../domain/voucher/code';
import type { GiftActivities, GiftNotice } from '../workflows/contracts/gift';
import { createNotifyOnce } from './notifyOnce';

export interface GiftActivityDeps {
  readonly gifts: Pick<GiftsRepository, 'byId' | 'returnToGiver'>;
  readonly users: Pick<UsersRepository, 'byId' | 'setReachable'>;
  readonly notifications: NotificationsRepository;
  readonly telegram: Pick<TelegramGateway, 'sendMessage'>;
  /** The bot's name, for the link. @throws GatewayError */
  readonly botUsername: () => Promise<string>;
  readonly now: () => Date;
}

/** What the `gift` workflow asks of the outside. */
export function createGiftActivities(deps: GiftActivityDeps): GiftActivities {
  const { gifts, users, telegram, botUsername, now } = deps;
  const notifyOnce = createNotifyOnce(deps.notifications);
  const existing = async (giftId: string): Promise<Gift> => {
    const gift = await gifts.byId(giftId);
    if (!gift) throw new Error(`gift ${giftId} does not exist`);
    return gift;
  };

  return {
    giftState: async ({ giftId }) => ({ state: (await existing(giftId)).state }),

    async returnGift({ giftId }) {
      const state = await gifts.returnToGiver(giftId, now());
      if (state === undefined) throw new Error(`gift ${giftId} does not exist`);
      return { state };
    },

    async tellGiver({ giftId, notice }) {
      const gift = await existing(giftId);
      if (isPast(notice, gift)) return;
      const giver = await users.byId(gift.giverId);
      if (!giver) throw new Error(`user ${gift.giverId} does not exist`);
      const link = voucherLink(await botUsername(), gift.code);
      const subject = `${giftId}:${notice.about}${notice.about === 'reminder' ? `-${notice.day}` : ''}`;
      const screen = giftNoticeScreen(notice.about, { gift, link, timeZone: giver.timeZone }, giver.language);
      const outcome = await notifyOnce(gift.giverId, 'gift', subject, () =>
        telegram.sendMessage({ chatId: gift.giverId, ...screen }),
      );
      if (outcome === 'unreachable') await users.setReachable(gift.giverId, false);
    },
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
