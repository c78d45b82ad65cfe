import type { FreeKind } from './bookEntry';
import type { PlanGrant } from './grant';
import type { PanelTrouble } from './panelTrouble';
import type { QuoteRefusal } from './promo/offer';
import type { RewardRefusal } from './referral/referral';
import type { TrialRefusal } from './trial';
import type { VoucherRefusal } from './voucher/voucher';

/**
 * - `given`: its panel has not confirmed it; `delayed`: and makes no key
 * - `issued`: its panel has confirmed it
 * - `revoked`: nothing of it is given any more, because it was revoked before that or can't be delivered
 */
export const FREE_GRANT_STATUSES = ['given', 'delayed', 'issued', 'revoked'] as const;
export type FreeGrantStatus = (typeof FREE_GRANT_STATUSES)[number];

/**
 * Why a promo code gives nothing; `changed`: it gives something else than they were shown, by now.
 */
export type PromoGrantRefusal = QuoteRefusal | 'changed' | 'unavailable' | 'full' | 'limit-reached';

/** What somebody wants a promo code to give for nothing. */
export interface PromoFreeGrant {
  readonly code: string;
  /** The plan that they confirmed; `null`: days alone. */
  readonly planCode: string | null;
  readonly locationCode: string;
  /** `null`: any of the location. */
  readonly serverCode: string | null;
  /** The subscription that is prolonged; `null`: a new one. */
  readonly renewsSubscriptionId: string | null;
  /** What they were shown that it gives. */
  readonly grant: PlanGrant;
}

/** Why nothing is given. */
export type GrantRefusal = TrialRefusal | PromoGrantRefusal | VoucherRefusal | RewardRefusal;

/**
 * How what somebody asked for stands, once there is something to say.
 * - a `PanelTrouble`: it is theirs, and that is why its panel makes no key now; it is made when the panel does again
 * - `issued`: it is there, and the key that it makes is sent
 * - `key-owed`: it is there, and Telegram has not taken the message with the key
 * - `panel-gone`, `revoked`: see `Undelivered`
 */
export type GrantStage = Delivery | GrantRefusal;
type Delivery = PanelTrouble | 'issued' | 'key-owed' | Undelivered;
/**
 * Why what was given is never delivered.
 * - `panel-gone`: its panel is gone for good and no other of the location can make it; it can be had again
 * - `revoked`: it was revoked meanwhile
 */
export type Undelivered = 'panel-gone' | 'revoked';

/** What has become of a grant that should end: `delivered` before; `panel-back`: its panel is there after all. */
export type GrantEnding = Undelivered | 'delivered' | 'panel-back';

/** Of a trial, of what a promo code gives, and of what a voucher gives. */
export type TrialStage = Delivery | TrialRefusal;
export type PromoStage = Delivery | PromoGrantRefusal;
export type VoucherStage = Delivery | VoucherRefusal;

/**
 * `grant-<kind>-<source>`, and of a gift the person as well, because several may ask for the same one: the database
 * decides who has it.
 */
export function grantCaseId(of: { readonly kind: FreeKind; readonly source: string; readonly userId: number }): string {
  return `grant-${of.kind}-${of.source}${of.kind === 'gift' ? `-${of.userId}` : ''}`;
}
