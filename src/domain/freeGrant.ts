import type { DeskDaysRefusal } from './deskDays';
import type { FreeKind } from './bookEntry';
import type { PlanGrant } from './grant';
import { PANEL_TROUBLES, type PanelTrouble } from './panelTrouble';
import type { QuoteRefusal } from './promo/offer';
import type { RewardRefusal } from './referral/referral';
import type { TrialRefusal } from './trial';
import { UUID_PATTERN } from './uuid';
import type { VoucherRefusal } from './voucher/voucher';

/**
 * - `given`: its panel has not confirmed it; `delayed`: and makes no key
 * - `issued`: its panel has confirmed it
 * - `revoked`: nothing of it is given any more, because it was revoked before that or can't be delivered
 */
export const FREE_GRANT_STATUSES = ['given', 'delayed', 'issued', 'revoked'] as const;
export type FreeGrantStatus = (typeof FREE_GRANT_STATUSES)[number];

/**
 * Why a promo code gives nothing; `changed`: it gives something else than they were shown, by now; `blocked`: the shop
 * gives this person nothing.
 */
export type PromoGrantRefusal = QuoteRefusal | 'blocked' | 'changed' | 'unavailable' | 'full' | 'limit-reached';

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
export type GrantRefusal = TrialRefusal | PromoGrantRefusal | VoucherRefusal | RewardRefusal | DeskDaysRefusal;

/**
 * How what somebody asked for stands, once there is something to say.
 * - `unrecorded`, `not-given`: see `Giving`
 * - a `PanelTrouble`: it is theirs, and that is why its panel makes no key now; it is made when the panel does again
 * - `server-changed`: another server makes its key, because its person has asked for one; `no-other-server`: they have
 *   asked, there is none, and it is tried on where it was
 * - `issued`: it is there, and the key that it makes is sent
 * - `key-owed`: it is there, and Telegram has not taken the message with the key
 * - `panel-gone`, `revoked`: see `Undelivered`
 */
export type GrantStage = Giving | Delivery | GrantRefusal;
type Delivery = PanelTrouble | 'server-changed' | 'no-other-server' | 'issued' | 'key-owed' | Undelivered;
/**
 * How it stands with what could not be recorded.
 * - `unrecorded`: nothing is given or used up yet, and it is tried on
 * - `not-given`: that has ended, and nothing was given or used up
 */
type Giving = 'unrecorded' | 'not-given';
/**
 * Why what was given is never delivered.
 * - `panel-gone`: its panel is gone for good and no other of the location can make it; it can be had again
 * - `revoked`: it was revoked meanwhile
 */
export type Undelivered = 'panel-gone' | 'revoked';

/** What has become of a grant that should end: `delivered` before; `panel-back`: its panel is there after all. */
export type GrantEnding = Undelivered | 'delivered' | 'panel-back';

/** Of a trial, of what a promo code gives, and of what a voucher gives. */
export type TrialStage = Giving | Delivery | TrialRefusal;
export type PromoStage = Giving | Delivery | PromoGrantRefusal;
export type VoucherStage = Giving | Delivery | VoucherRefusal;

/** Whether its person may ask for another server when they read this of a key that is new. */
export function isMovable(stage: GrantStage | null): boolean {
  return (PANEL_TROUBLES as readonly (GrantStage | null)[]).includes(stage);
}

/** One thing that somebody asks for. Of a gift the person belongs to it: several may ask for the same one. */
export type GrantCase =
  | { readonly kind: 'gift'; readonly source: string; readonly userId: number }
  | { readonly kind: Exclude<FreeKind, 'gift'>; readonly source: string };

/** `grant-<kind>-<source>`, and of a gift the person: the database decides who has it. */
export function grantCaseId(of: GrantCase): string {
  return `grant-${of.kind}-${of.source}${of.kind === 'gift' ? `-${of.userId}` : ''}`;
}

const CASE = new RegExp(
  `(?<![0-9a-z-])grant-(?:(trial)-(\\d{1,16})|(promo|referral|compensation|owner)-(${UUID_PATTERN})|(gift)-(${UUID_PATTERN})-(\\d{1,16}))(?![0-9a-z-])`,
);

/**
 * Finds the first `grantCaseId` in a text, in any case and with words around it. @returns `undefined`: there is none
 */
export function readGrantCase(text: string): GrantCase | undefined {
  const [, trial, person, kind, source, gift, voucher, userId] = CASE.exec(text.toLowerCase()) ?? [];
  if (trial !== undefined) return { kind: 'trial', source: String(Number(person)) };
  if (gift !== undefined) return { kind: 'gift', source: voucher!, userId: Number(userId) };
  return kind === undefined ? undefined : { kind: kind as Exclude<FreeKind, 'trial' | 'gift'>, source: source! };
}
