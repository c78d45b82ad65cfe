import type { Language } from '../../domain/language';
import type { RewardRole, RewardStatus } from '../../domain/referral/referral';
import { escapeHtml, html, plain, t } from '../locales/index';
import { button, keyboard, linkButton, menuButton, newMenuButton } from './buttons';
import type { Screen } from './screen';
import { days, moment, paragraphs } from './wording';

export interface ReferralInput {
  /** By which they invite friends. */
  readonly link: string;
  /** What each of the two gets. */
  readonly rewardDays: number;
  readonly invited: number;
  readonly paid: number;
  readonly days: number;
  /** Rewards that come; of a friend the first letter alone. */
  readonly waiting: readonly { readonly initial: string; readonly dueAt: Date }[];
  /** Days that wait as a voucher, which they have not claimed yet. */
  readonly voucherCode: string | null;
  readonly timeZone: string;
}

/** Inviting friends: the link, and what it has brought. */
export function referralScreen(input: ReferralInput, language: Language): Screen {
  const { link, rewardDays, invited, paid, waiting, voucherCode, timeZone } = input;
  const lines = waiting.map(({ initial, dueAt }) =>
    t(language, 'referral-waiting', { initial: initial || '•', at: moment(dueAt, language, timeZone) }),
  );
  const invitation = plain(language, 'referral-share', { days: days(language, rewardDays) });
  const share = `https://t.me/share/url?url=${encodeURIComponent(link)}&text=${encodeURIComponent(invitation)}`;
  return {
    text: paragraphs(
      t(language, 'referral', {
        days: days(language, rewardDays),
        link: html(`<code>${escapeHtml(link)}</code>`),
      }),
      t(language, 'referral-counts', { invited, paid, days: days(language, input.days) }),
      voucherCode === null ? undefined : t(language, 'referral-voucher'),
      lines.length > 0 ? [t(language, 'referral-coming'), ...lines].join('\n') : undefined,
    ),
    keyboard: keyboard(
      [claimButton(voucherCode, language)],
      [linkButton(plain(language, 'button-share'), share)],
      [menuButton(language)],
    ),
  };
}

export interface RewardInput {
  readonly role: RewardRole;
  readonly status: RewardStatus;
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
        about: `${role}-${status}`,
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

/** The shop has no such programme; a button from before may still lead here. */
export function referralOffScreen(language: Language): Screen {
  return { text: t(language, 'referral-off'), keyboard: keyboard([menuButton(language)]) };
}
