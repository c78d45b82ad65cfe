/** Compares the rewards for friends with the book of grants, to the millisecond. */
import { DAY_MS } from '../../domain/duration';
import { FORFEITABLE, type RewardRole, type RewardStatus } from '../../domain/referral/referral';
import type { VoucherStatus } from '../../domain/voucher/voucher';
import type { Difference } from './differences';
import type { AuditRules } from './ledger';

/** A reward, with its purchase and with what the book has of it. */
export interface LedgerReward {
  readonly id: string;
  readonly paymentId: string;
  readonly role: RewardRole;
  readonly userId: number;
  readonly days: number;
  readonly status: RewardStatus;
  readonly offsetDays: number;
  readonly owedDays: number;
  readonly grantId: string | null;
  /** When somebody of the shop decided that its person loses it. */
  readonly forfeitAt: Date | null;
  /** Of its purchase; when the payment was last changed, where something of it was refunded. */
  readonly refundedKopecks: number;
  readonly refundedAt: Date | null;
  readonly voucherStatus: VoucherStatus | null;
  readonly voucherDays: number | null;
  /**
   * What was given: the row of `free_grants`, of a voucher that of whoever has claimed it, and its entry in the book.
   */
  readonly givenId: string | null;
  readonly givenUserId: number | null;
  readonly subscriptionId: string | null;
  readonly givenMs: number | null;
  /** What the book says was revoked. */
  readonly revokedMs: number | null;
}

/** Each reward gave what it says, once; what was refunded is canceled or revoked, and is revoked or owed. */
export function compareRewards(rewards: readonly LedgerReward[], rules: AuditRules): Difference[] {
  return rewards.flatMap((reward) =>
    wrongOf(reward, rules).map((detail): Difference => ({
      kind: 'wrong-reward',
      ids: {
        payment: reward.paymentId,
        ...(reward.subscriptionId === null ? {} : { subscription: reward.subscriptionId }),
      },
      detail: `the reward ${reward.id} of a ${reward.role}, ${reward.status}: ${detail}`,
    })),
  );
}

/** They end by a refund of the purchase, and by nothing else. */
const ENDED_BY_REFUND: readonly RewardStatus[] = ['canceled', 'revoked'];
/** Something of them was revoked, where something had been given. */
const IS_REVOKED: readonly RewardStatus[] = ['revoked', 'forfeited'];

function wrongOf(reward: LedgerReward, rules: AuditRules): string[] {
  const { status, refundedKopecks, refundedAt, givenMs, revokedMs, owedDays, offsetDays } = reward;
  const wrong: string[] = [];
  const expect = (holds: boolean, otherwise: string): void => void (holds || wrong.push(otherwise));
  const isRefunded = refundedKopecks > 0;
  const isLate = isRefunded && rules.now.getTime() - (refundedAt?.getTime() ?? 0) > rules.graceMs;
  if (ENDED_BY_REFUND.includes(status)) expect(isRefunded, 'nothing of its purchase was refunded');
  // One that was forfeited before has nothing left to be revoked.
  else if (status !== 'forfeited') expect(!isLate, 'its purchase was refunded');
  const isLateForfeit = reward.forfeitAt !== null && rules.now.getTime() - reward.forfeitAt.getTime() > rules.graceMs;
  expect(!isLateForfeit || !FORFEITABLE.includes(status), 'its person was to lose it');
  const isRevoked = IS_REVOKED.includes(status);
  const isInBook = status === 'granted' || status === 'voucher' || isRevoked;
  if (isInBook) judgeGiven(reward, expect);
  else expect(givenMs === null, 'the book of grants has days of it');
  if (isRevoked) expect(owedDays === owedOf(reward), `${owedDays} days are owed, not ${owedOf(reward)}`);
  else {
    expect(owedDays === 0, `${owedDays} days are owed`);
    expect(revokedMs === null, 'the book of grants has days of it that were revoked');
  }
  if (status === 'offset') expect(offsetDays === reward.days, `${offsetDays} days of ${reward.days} were offset`);
  if (['waiting', 'canceled', 'refused'].includes(status))
    expect(offsetDays === 0, `${offsetDays} days of it were offset`);
  return wrong;
}

function judgeGiven(reward: LedgerReward, expect: (holds: boolean, otherwise: string) => void): void {
  const { status, days, offsetDays, grantId, voucherStatus, voucherDays, givenId, givenMs, revokedMs } = reward;
  const promised = days - offsetDays;
  const isVoucher = status === 'voucher' || (IS_REVOKED.includes(status) && voucherStatus !== null);
  if (isVoucher) expect(voucherDays === promised, `its voucher is of ${voucherDays} days, not of ${promised}`);
  else {
    // One that had offset all of its days gave none.
    expect(grantId === givenId, `its grant is ${grantId}, the book has ${givenId}`);
    expect(status !== 'granted' || givenId !== null, 'the book of grants has nothing of it');
    expect(givenId === null || reward.givenUserId === reward.userId, `${reward.givenUserId} has it`);
  }
  if (givenId !== null) expect(givenMs === promised * DAY_MS, `${givenMs} ms were given, not ${promised * DAY_MS}`);
  if (!IS_REVOKED.includes(status)) return;
  expect((revokedMs === null) === (givenId === null), `${revokedMs} ms were revoked`);
  expect(
    revokedMs === null || (revokedMs >= 0 && revokedMs <= (givenMs ?? 0)),
    `${revokedMs} ms were revoked of ${givenMs}`,
  );
  expect(voucherStatus !== 'issued', 'its voucher can still be claimed');
}

/** What was used of it already, in whole days, and what it had offset, is owed again. */
function owedOf({ offsetDays, givenMs, revokedMs }: LedgerReward): number {
  return offsetDays + Math.floor(((givenMs ?? 0) - (revokedMs ?? 0)) / DAY_MS);
}
