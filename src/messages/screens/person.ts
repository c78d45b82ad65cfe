/** For the desk: a person, and what may be done with them. */
import { BLOCK_REASONS, type BlockReason } from '../../domain/block';
import type { Language } from '../../domain/language';
import type { RewardRole, RewardStatus } from '../../domain/referral/referral';
import { html, plain, t, tame } from '../locales/index';
import { button, keyboard, menuButton, type Button } from './buttons';
import type { Screen } from './screen';
import { days, moment } from './wording';

/** What is shown of somebody. */
export interface ShownPerson {
  readonly telegramId: number;
  readonly firstName: string;
  readonly username: string | null;
  readonly createdAt: Date;
  readonly blockedAt: Date | null;
  readonly blockedBy: string | null;
  readonly blockReason: BlockReason | null;
  readonly erasedAt: Date | null;
}

/** A reward of theirs that they can still lose. */
export interface ShownReward {
  readonly id: string;
  readonly userId: number;
  readonly friendId: number;
  readonly role: RewardRole;
  readonly days: number;
  readonly status: RewardStatus;
  readonly createdAt: Date;
}

interface PersonInput {
  readonly person: ShownPerson;
  readonly rewards: readonly ShownReward[];
  readonly timeZone: string;
}

/** How the buttons to a person's card are called. */
export function personButton(user: number, language: Language): Button {
  return button(plain(language, 'button-person', { user: String(user) }), { do: 'person', user });
}

export function personScreen({ person, rewards, timeZone }: PersonInput, language: Language): Screen {
  const user = person.telegramId;
  const at = (moment_: Date | null) => (moment_ === null ? '' : moment(moment_, language, timeZone));
  return {
    text: t(language, 'person', {
      user: String(user),
      name: tame(person.firstName, 64) || '—',
      username: person.username === null ? '' : `@${tame(person.username, 64)}`,
      since: at(person.createdAt),
      state: person.blockReason ?? 'none',
      blockedAt: at(person.blockedAt),
      blockedBy: tame(person.blockedBy ?? '', 64),
      isErased: String(person.erasedAt !== null),
      erasedAt: at(person.erasedAt),
    }),
    keyboard: keyboard(
      ...(person.blockReason === null ? [] : [[button(plain(language, 'button-unblock'), { do: 'unblock', user })]]),
      ...BLOCK_REASONS.filter((reason) => reason !== person.blockReason).map((reason) => [
        button(plain(language, `button-block-${reason}`), { do: 'block', user, reason }),
      ]),
      ...rewards.map((reward) => [
        button(
          plain(language, 'button-forfeit', { days: days(language, reward.days), friend: String(reward.friendId) }),
          {
            do: 'forfeit',
            reward: reward.id,
          },
        ),
      ]),
      [person.erasedAt === null ? button(plain(language, 'button-erase'), { do: 'erase', user }) : undefined],
      [menuButton(language)],
    ),
  };
}

/** Asks before somebody is blocked: what they lose, and what stays theirs. */
export function blockSureScreen(
  { user, reason }: { readonly user: number; readonly reason: BlockReason },
  language: Language,
): Screen {
  return {
    text: t(language, 'block-sure', { user: String(user), reason }),
    keyboard: keyboard(
      [button(plain(language, 'button-not-now'), { do: 'person', user })],
      [button(plain(language, `button-block-${reason}`), { do: 'block-sure', user, reason })],
    ),
  };
}

/** Asks before a reward is taken back because of fraud. */
export function forfeitSureScreen(reward: ShownReward, language: Language): Screen {
  const { userId: user, friendId, role, status } = reward;
  return {
    text: t(language, 'forfeit-sure', {
      user: String(user),
      friend: String(friendId),
      of: plain(language, 'forfeit-role', { role }),
      days: days(language, reward.days),
      what: html(t(language, 'forfeit-what', { status })),
    }),
    keyboard: keyboard(
      [button(plain(language, 'button-not-now'), { do: 'person', user })],
      [button(plain(language, 'button-forfeit-sure'), { do: 'forfeit-sure', reward: reward.id })],
    ),
  };
}

/** Asks before somebody's data are removed. */
export function eraseSureScreen(user: number, language: Language): Screen {
  return {
    text: t(language, 'erase-sure', { user: String(user) }),
    keyboard: keyboard(
      [button(plain(language, 'button-not-now'), { do: 'person', user })],
      [button(plain(language, 'button-erase'), { do: 'erase-sure', user })],
    ),
  };
}
