/**
 * What the rest of the system may know of the `grant` workflow: access that costs nothing, from the moment somebody
 * asks for it to its key. It is the delivery half of a purchase, by the same code towards the panel. A new kind of free
 * grant is a request in `GrantRequest` and a case in `giveGrant` (`src/activities/freeGrants.ts`).
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ByHandKind, FreeKind } from '../../domain/bookEntry';
import type { PlanGrant } from '../../domain/grant';
import type { PanelFailure, PanelTrouble } from '../../domain/panelTrouble';
import {
  grantCaseId,
  type GrantCase,
  type Undelivered,
  type GrantEnding,
  type GrantRefusal,
  type GrantStage,
  type PromoFreeGrant,
} from '../../domain/freeGrant';
import type { VoucherPlace } from '../../domain/voucher/voucher';
import type { DeliveryAnswer, KeyAnswer, ToldOfTrouble } from './activities';

export const GRANT_WORKFLOW = 'grant';

/** One workflow for each thing that somebody asks for. */
export function grantWorkflowId(of: GrantCase): string {
  return grantCaseId(of);
}

/** What somebody asks for. */
interface Request {
  readonly kind: FreeKind;
  /** What it is given for; with the kind unique, so that nothing is given twice. */
  readonly source: string;
  readonly userId: number;
}

/**
 * When they tapped, in epoch ms: where something has a last day, it is judged by that, however late the worker comes to
 * it.
 */
type AskedAt = number;

/** A trial; its source is the Telegram id of its person. */
export interface TrialGrantRequest extends Request {
  readonly kind: 'trial';
  readonly locationCode: string;
  /** What they were offered, and whether what is left of it stays when something is bought for its key. */
  readonly grant: PlanGrant;
  readonly keep: boolean;
}

/**
 * What a promo code gives for nothing: days of a subscription, or with a code of 100 percent a plan. Its source is the
 * id of the use, which there is once for a code and a person.
 */
export interface PromoGrantRequest extends Request, PromoFreeGrant {
  readonly kind: 'promo';
  readonly askedAt: AskedAt;
}

/** What a voucher gives; its source is the voucher's id. */
export interface GiftGrantRequest extends Request {
  readonly kind: 'gift';
  readonly place: VoucherPlace;
  /** What they were shown that it gives: `voucherTerms`; `null`: they were not asked. */
  readonly terms: string | null;
  readonly askedAt: AskedAt;
}

/** A reward of the referral programme; its source is the reward's id. */
export interface ReferralGrantRequest extends Request {
  readonly kind: 'referral';
}

/** What an operator has given by hand: its row is there before it is asked for, unless the desk asks for it to be given. */
export interface ByHandGrantRequest extends Request {
  readonly kind: ByHandKind;
  /** Days that somebody of the owner's desk gives; the source is the id of the screen that they have confirmed. */
  readonly desk?: {
    readonly subscriptionId: string;
    readonly days: number;
    /** The Telegram id of who gives them, and why in their own words. */
    readonly givenBy: number;
    readonly reason: string;
    /** The end that they were shown, epoch ms. */
    readonly shownEnd: number;
  };
}

export type GrantRequest =
  TrialGrantRequest | PromoGrantRequest | GiftGrantRequest | ReferralGrantRequest | ByHandGrantRequest;

/** Whether it makes a key that its person does not have yet. */
export function makesKey(request: GrantRequest): boolean {
  if (request.kind === 'gift') return 'locationCode' in request.place;
  if (request.kind === 'promo') return request.renewsSubscriptionId === null;
  return request.kind === 'trial';
}

export interface GrantInput {
  readonly request: GrantRequest;
  /** After how many signals the workflow goes on in a new run, where it is not the usual number. */
  readonly messagesPerRun?: number;
  /** Where a run goes on that continues one whose history has grown long. */
  readonly resume?: GrantResume;
}

/** The steps at which it may have to wait for very long, with what is known there. */
export type GrantResumePoint =
  /** It can't be recorded. `until`: when that is given up, epoch ms. */
  | { readonly at: 'giving'; readonly until: number }
  /** It is given, and its panel makes no key. */
  | (GrantRef & {
      readonly at: 'delayed';
      /** What people know of the panel, and for how long nothing else was told of it then, in ms. */
      readonly told: ToldOfTrouble;
      readonly quietMs: number;
    });

export type GrantResume = GrantResumePoint & {
  readonly progress: GrantProgress;
  /** What its person reads, and in which messages. */
  readonly stage: GrantStage | null;
  readonly messages: readonly number[];
};

export interface GrantRef {
  /** The row of `free_grants`. */
  readonly grantId: string;
}

export type GrantAnswer =
  ({ readonly outcome: 'given' } & GrantRef) | { readonly outcome: 'refused'; readonly why: GrantRefusal };

export interface GrantActivities {
  /** Gives it, or finds what was given by this source before. */
  giveGrant(request: GrantRequest): Promise<GrantAnswer>;
  /** What was given by this source to this person, and counts; `null`: nothing. */
  findGrant(request: GrantRequest): Promise<{ readonly grantId: string | null }>;
  /** Tells the panel the absolute state and records its confirmation. */
  deliverGrant(input: GrantRef & { told?: ToldOfTrouble }): Promise<DeliveryAnswer>;
  /** Stores why its panel makes no key. */
  recordGrantDelayed(input: GrantRef & { reason: PanelTrouble }): Promise<void>;
  /**
   * Moves a new subscription that was not delivered to another server of its location, because its panel is gone for
   * good, or makes no key and its person asks for it.
   * @param input `request`: a uuid of the decision, so that a repeated attempt moves nothing more
   */
  moveGrant(
    input: GrantRef & { because: 'panel-gone' | 'asked'; request: string },
  ): Promise<{ readonly moved: boolean }>;
  /**
   * Revokes what can't be delivered because its panel is gone for good, so that it can be had again.
   * @returns how it stands: see `GrantEnding`
   */
  endGrant(input: GrantRef): Promise<{ readonly ending: GrantEnding }>;
  /** The key, as text and QR: at least once. */
  sendGrantKey(input: GrantRef): Promise<KeyAnswer>;
  /** Shows how it stands in the message in which somebody asked for it. */
  showGrant(input: {
    readonly request: GrantRequest;
    readonly messageId: number;
    readonly stage: GrantStage;
  }): Promise<void>;
  /**
   * Tells the owners that a panel makes no key: of the panel's outage, once for all who wait for it; of the grant where
   * only this one is refused.
   */
  tellOwnerOfGrantDelay(input: GrantRef & { request: GrantRequest; failure?: PanelFailure }): Promise<void>;
  /**
   * Tells the owners of a grant that needs them: once for each reason and grant; of `spent`, `unrecorded` and
   * `not-given` once a day for each kind, of `friends-spent` for each person.
   * @param grantId absent, nothing was given
   */
  alertOwnersOfGrant(
    input: Partial<GrantRef> & { readonly request: GrantRequest; readonly about: GrantAlert },
  ): Promise<void>;
}

/** See `GrantStage`; while it is `new` or `given` the person reads that it is being made. */
export type GrantStatus = 'new' | 'unrecorded' | 'given' | 'refused' | 'waiting' | 'issued' | 'undelivered';

/**
 * - `spent`, `friends-spent`: see `TrialRefusal`
 * - `unrecorded`: it can't be recorded, and is tried on; `not-given`: that was given up
 * - `panel-gone`: see `Undelivered`. Of one that was revoked meanwhile nobody is told: the shop's own rule did that
 * - `key-refused`: Telegram takes the message with the key in no form
 */
export type GrantAlert = 'spent' | 'friends-spent' | 'unrecorded' | 'not-given' | 'panel-gone' | 'key-refused';

/**
 * Somebody asked for it, in this message. `request`: what they have confirmed there, which counts as long as nothing is
 * given; absent, they only want to read how it stands.
 */
export const grantAsked = defineSignal<[{ readonly messageId: number; readonly request?: GrantRequest }]>('grantAsked');

/**
 * Its person wants another server to make its key, because this one's panel makes none. They read in this message what
 * has come of it.
 */
export const grantServerAsked = defineSignal<[{ readonly messageId: number }]>('grantServerAsked');

/** Somebody wants its next step to be tried now. */
export const grantRetried = defineSignal('grantRetried');

/** An operator wants to give up on what can't be recorded. */
export const grantClosed = defineSignal('grantClosed');

export interface GrantOutcome {
  readonly status: 'issued' | 'refused' | 'undelivered';
  readonly reason: GrantRefusal | 'not-given' | Undelivered | null;
}

/** How it stands, for people. */
export interface GrantProgress {
  readonly status: GrantStatus;
  readonly note: string;
}

export const grantProgress = defineQuery<GrantProgress>('grantProgress');
