/** The text that `npm run payment -- refund` asks to confirm: the money and the access that the refund will take. */
import { DAY_MS, HOUR_MS } from '../domain/duration';
import { moneyText } from '../domain/money';
import { planLimitsOf, type PlanLimits } from '../domain/grant';
import type { AccessState, RefundPreview } from '../storage/postgres/payments/previewRefund';

const WHY_NOT: Readonly<Record<string, string>> = {
  'nothing-left': 'nothing of its money is left with the shop.',
  'too-much': 'that is more than is left of its money.',
  'remainder-too-small':
    'less than a rouble would be left, which its provider does not allow; refund all of it, or less.',
};

export function whyNotRefundable({ reason }: Extract<RefundPreview, { outcome: 'refused' }>): string {
  return WHY_NOT[reason] ?? reason;
}

/** One line without a full stop: the money, and what becomes of the access. */
export function refundWords(preview: Extract<RefundPreview, { outcome: 'possible' }>): string {
  const { kopecks: minor, currency, before, after, unclaimedGift } = preview;
  const access = unclaimedGift === undefined ? accessWords(before, after) : UNCLAIMED_GIFT[unclaimedGift];
  return `${moneyText({ currency, minor })} go back; ${access}`;
}

const UNCLAIMED_GIFT = {
  ends: 'nobody has claimed the gift, and nobody can claim it any more',
  'gives-less': 'nobody has claimed the gift; whoever claims it gets so much less',
} as const;

function accessWords(before: AccessState | undefined, after: AccessState | undefined): string {
  if (before === undefined || after === undefined) return 'no access belongs to it';
  if (before.status === 'revoked') return 'the access was revoked before';
  if (after.status === 'revoked') return `the access is revoked; it would have lasted until ${at(before.expiresAt)}`;
  const takenMs = before.expiresAt.getTime() - after.expiresAt.getTime();
  const limits = changedLimits(planLimitsOf(before), planLimitsOf(after));
  if (takenMs < HOUR_MS) return `the access stays until ${at(after.expiresAt)}${limits}`;
  const end =
    after.status === 'expired' ? 'ends the access now' : `shortens it by ${span(takenMs)} to ${at(after.expiresAt)}`;
  return `${end}${limits}`;
}

/** `, traffic 100 → 50 GiB`; other limits under the names that they have in the catalogue file. */
function changedLimits(before: PlanLimits, after: PlanLimits): string {
  const changed = (Object.keys(before) as (keyof PlanLimits)[]).filter((limit) => before[limit] !== after[limit]);
  return changed
    .map((limit) => limitWords(limit, `${before[limit] ?? 'unlimited'} → ${after[limit] ?? 'unlimited'}`))
    .join('');
}

function limitWords(limit: string, change: string): string {
  return limit === 'trafficGb' ? `, traffic ${change} GiB` : `, ${limit} ${change}`;
}

function span(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.round((ms % DAY_MS) / HOUR_MS);
  const words = [...(days > 0 ? [`${days} ${days === 1 ? 'day' : 'days'}`] : []), ...(hours > 0 ? [`${hours} h`] : [])];
  return words.join(' ');
}

const at = (moment: Date): string => `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
