import type { Language } from '../../domain/language';
import type { ReferralTerms, RewardRole, Suspicion, ToldReward } from '../../domain/referral/referral';
import { html, plain, t, tame } from '../locales/index';
import {
  button,
  keyboard,
  menuButton,
  newMenuButton,
  shareButton,
  subscriptionsButton,
  supportButton,
} from './buttons';
import type { Screen } from './screen';
import { copyable, days, moment, paragraphs } from './wording';

/** What inviting friends has brought somebody. */
interface Standing {
  readonly invited: number;
  /** Of them who have bought something, whether it has brought a reward or not. */
  readonly paid: number;
  readonly days: number;
  /** Rewards that come; of a friend the first letter alone. `isHeld`: a person looks at it first. */
  readonly waiting: readonly { readonly initial: string; readonly dueAt: Date; readonly isHeld: boolean }[];
  /** Days that wait as a voucher, which they have not claimed yet. */
  readonly voucherCode: string | null;
}

export interface ReferralInput extends Standing {
  /** By which they invite friends. */
  readonly link: string;
  /** What each of the two gets. */
  readonly rewardDays: number;
  readonly terms: ReferralTerms;
  readonly timeZone: string;
}

/** Inviting friends: the link, and what it has brought. */
export function referralScreen(input: ReferralInput, language: Language): Screen {
  const { link, rewardDays, voucherCode, terms } = input;
  const { secondLevelDays } = terms;
  const invitation = plain(language, 'referral-share', { days: days(language, rewardDays) });
  return {
    text: paragraphs(
      t(language, 'referral', {
        days: days(language, rewardDays),
        purchases: terms.purchases,
        most: terms.mostPerMonth,
        link: copyable(link),
      }),
      secondLevelDays > 0 ? t(language, 'referral-second-level', { days: days(language, secondLevelDays) }) : undefined,
      ...standingWords(input, language),
    ),
    keyboard: keyboard(
      [claimButton(voucherCode, language)],
      [shareButton(plain(language, 'button-share'), link, invitation)],
      [menuButton(language)],
    ),
  };
}

function standingWords(
  { invited, paid, waiting, voucherCode, timeZone, ...standing }: Standing & { readonly timeZone: string },
  language: Language,
): (string | undefined)[] {
  const lines = waiting.map(({ initial, dueAt, isHeld }) =>
    t(language, 'referral-waiting', {
      initial: tame(initial, 2) || '•',
      at: moment(dueAt, language, timeZone),
      held: String(isHeld),
    }),
  );
  return [
    t(language, 'referral-counts', { invited, paid, days: days(language, standing.days) }),
    voucherCode === null ? undefined : t(language, 'referral-voucher'),
    lines.length > 0 ? [t(language, 'referral-coming'), ...lines].join('\n') : undefined,
  ];
}

export interface RewardInput {
  readonly role: RewardRole;
  readonly status: ToldReward;
  readonly days: number;
  /** What of it went against days that were owed. */
  readonly offsetDays: number;
  readonly dueAt: Date;
  /** The end of the subscription that it was added to. */
  readonly expiresAt: Date | null;
  readonly voucherCode: string | null;
  readonly timeZone: string;
}

/** What has become of a reward. */
export function rewardScreen(reward: RewardInput, language: Language): Screen {
  const { role, status, offsetDays, dueAt, expiresAt, voucherCode, timeZone } = reward;
  const given = reward.days - offsetDays;
  const isShorter = offsetDays > 0 && (status === 'granted' || status === 'voucher');
  return {
    text: paragraphs(
      t(language, 'reward', {
        about: `${role === 'friend' ? 'friend' : 'referrer'}-${status}`,
        who: plain(language, 'reward-friend', { form: `${role}-who` }),
        of: plain(language, 'reward-friend', { form: `${role}-of` }),
        days: days(language, given > 0 ? given : reward.days),
        at: moment(dueAt, language, timeZone),
        until: expiresAt === null ? '' : moment(expiresAt, language, timeZone),
      }),
      isShorter ? t(language, 'reward-shorter', { days: days(language, offsetDays) }) : undefined,
    ),
    keyboard: keyboard(
      [claimButton(status === 'voucher' ? voucherCode : null, language)],
      [button(plain(language, 'button-referral'), { do: 'invite', where: 'below' }), newMenuButton(language)],
    ),
  };
}

function claimButton(voucher: string | null, language: Language): ReturnType<typeof button> | undefined {
  return voucher === null ? undefined : button(plain(language, 'button-voucher-claim'), { do: 'gift', voucher });
}

/**
 * The shop has no such programme any more: nothing is to be shared, and what was earned before stays theirs.
 * @param standing `undefined`, or all of it zero: they have earned nothing
 */
export function referralOffScreen(
  { standing, timeZone }: { readonly standing: Standing | undefined; readonly timeZone: string },
  language: Language,
): Screen {
  const hasEarned =
    standing !== undefined && (standing.days > 0 || standing.waiting.length > 0 || standing.voucherCode !== null);
  return {
    text: paragraphs(
      t(language, 'referral-off'),
      ...(hasEarned ? standingWords({ ...standing, timeZone }, language) : []),
    ),
    keyboard: keyboard([claimButton(standing?.voucherCode ?? null, language)], [menuButton(language)]),
  };
}

/**
 * Tells who has claimed somebody's voucher that days of it were revoked.
 * @param shortened.why what has become of the reward that it was
 * @param shortened.until the end of their subscription now; `null`: nothing is left of it
 */
export function shortenedGiftScreen(
  {
    why,
    until,
    timeZone,
  }: { readonly why: 'revoked' | 'forfeited'; readonly until: Date | null; readonly timeZone: string },
  language: Language,
): Screen {
  return {
    text: t(language, 'gift-shortened', {
      why,
      left: String(until !== null),
      until: until === null ? '' : moment(until, language, timeZone),
    }),
    keyboard: keyboard([subscriptionsButton(language, 'below')], [supportButton(language, 'below')]),
  };
}

/** Asks an owner to look at a reward before it is given. */
export function heldRewardScreen(
  { id, suspicions, userId, friendId, days: count, dueAt }: HeldRewardInput,
  language: Language,
  timeZone: string,
): Screen {
  const why = suspicions.map((reason) => t(language, 'reward-suspicion', { reason }));
  const note = t(language, 'reward-held', {
    days: days(language, count),
    user: String(userId),
    friend: String(friendId),
    at: moment(dueAt, language, timeZone),
    why: html(why.join(' ')),
    reward: id,
  });
  return { text: t(language, 'owner-notice', { note: html(note) }) };
}

export interface HeldRewardInput {
  readonly id: string;
  readonly suspicions: readonly Suspicion[];
  readonly userId: number;
  readonly friendId: number;
  readonly days: number;
  readonly dueAt: Date;
}
