import { randomUUID } from 'node:crypto';
import { hasRoom } from '../../domain/catalogue';
import { grantOf } from '../../domain/grant';
import { isOpen, type Payment } from '../../domain/payment';
import type { RefusedPromo } from '../../domain/promo/offer';
import { TRIAL_PLAN, type TrialOffer } from '../../domain/trial';
import { unlessAway } from '../../storage/redis/errors';
import type { Sessions } from '../../storage/redis/sessions';
import type { CachedQueries } from '../cachedQueries';
import { IDLE, type DialogState } from '../dialog';
import type { Dialogs } from '../ports';
import { priceOf } from '../../messages/screens/promoPrice';
import type { Promos } from './promo';
import type { ReceiptContacts } from './receiptContacts';
import { createConfirmedOrder } from './confirmedOrder';
import { createContactDialog } from './contactDialog';
import { createDialogProgress } from './dialogProgress';
import { createPromoDialog } from './promoDialog';
import { createResume } from './resumePurchase';
import {
  createPurchaseSteps,
  EXPIRED,
  NO_GIFTS,
  NO_PLACE,
  pickPlace,
  UNAVAILABLE,
  type PlaceState,
  type PurchaseStep,
} from './purchaseSteps';

export type PurchaseDialog = ReturnType<typeof createPurchaseDialog>;

/** The dialog that leads to an order. Every method answers a command or a button with the step to show next. */
export function createPurchaseDialog({
  dialogs,
  sessions,
  cachedQueries,
  receiptContacts,
  promos,
  trialOfferFor,
  sellsGifts,
}: {
  dialogs: Dialogs;
  sessions: Pick<Sessions, 'get' | 'patchSettings'>;
  cachedQueries: CachedQueries;
  receiptContacts: ReceiptContacts;
  promos: Pick<Promos, 'pricesOf'>;
  /** What this person is offered to try the shop. */
  trialOfferFor: (userId: number) => Promise<TrialOffer | undefined>;
  /** Whether a gift for somebody else can be ordered. */
  sellsGifts: boolean;
}) {
  const progress = createDialogProgress({ dialogs, sessions });
  const steps = createPurchaseSteps({ cachedQueries, promos, trialOfferFor });
  const { giveContact, ...contactSteps } = createContactDialog({ progress, receiptContacts, confirm });

  /**
   * Shows the confirmation and stores the order that it confirms. The order's id is made here, so that every tap on
   * that screen means the same order.
   * @param from the state it follows; `undefined`: the dialog begins here
   * @param refusedPromo the promo code that this order can't have, although another one like it could
   */
  async function confirm(
    place: PlaceState,
    planCode: string,
    userId: number,
    from?: DialogState,
    refusedPromo?: RefusedPromo,
  ): Promise<PurchaseStep> {
    if (place.locationCode === null && !sellsGifts) return NO_GIFTS;
    const paymentId = randomUUID();
    const step = await steps.confirm(place, planCode, userId, paymentId, refusedPromo);
    if (!step) return UNAVAILABLE;
    const receiptContact = await receiptContacts.of(userId);
    if (receiptContact === 'unknown') return giveContact(userId, { ...pickPlace(place), planCode }, from);
    const shown = {
      planCode,
      promo: step.promo,
      priceKopecks: priceOf(step),
      ...grantOf(step.plan),
      paymentId,
      saysTrouble: step.place !== null && step.place.trouble !== null,
      otherOrderId: null,
    };
    const next = { name: 'confirming', ...pickPlace(place), ...shown } as const;
    if (from === undefined) await progress.begin(userId, next);
    else if (!(await progress.advance(userId, from, next))) return EXPIRED;
    return { ...step, receiptContact };
  }

  return {
    ...contactSteps,
    ...createPromoDialog(progress),
    ...createConfirmedOrder({ progress, steps, confirm }),
    resume: createResume({ progress, steps, confirm }),

    /** A page of the locations; begins the dialog, also when the buyer comes back from a later step. */
    async locations(userId: number, page: number): Promise<PurchaseStep> {
      await progress.begin(userId, { name: 'choosing-location' });
      return steps.locations(page);
    },

    async servers(userId: number, locationCode: string, page: number): Promise<PurchaseStep> {
      const state = await progress.current(userId);
      if (state.name !== 'choosing-location' && !('locationCode' in state)) return EXPIRED;
      const step = await steps.servers(locationCode, page);
      if (step.step !== 'servers') return step;
      return (await progress.advance(userId, state, { name: 'choosing-server', locationCode })) ? step : EXPIRED;
    },

    /** @param serverCode `null`: "choose for me" */
    async server(userId: number, serverCode: string | null): Promise<PurchaseStep> {
      const state = await progress.current(userId);
      if (!('locationCode' in state)) return EXPIRED;
      const { locationCode } = state;
      if (locationCode === null) return EXPIRED;
      const servers = await cachedQueries.servers(locationCode);
      const chosen = serverCode === null ? servers.find(hasRoom) : servers.find(({ code }) => code === serverCode);
      if (!chosen) return serverCode === null && servers.length > 0 ? { step: 'server-full' } : UNAVAILABLE;
      if (!hasRoom(chosen)) return { step: 'server-full' };
      const next = { name: 'choosing-plan', locationCode, serverCode, renewsSubscriptionId: null } as const;
      return (await progress.advance(userId, state, next)) ? steps.plans(next, userId) : EXPIRED;
    },

    async plan(userId: number, planCode: string): Promise<PurchaseStep> {
      const state = await progress.current(userId);
      return hasPlace(state) ? confirm(state, planCode, userId, state) : EXPIRED;
    },

    /** Back from the confirmation. */
    async plans(userId: number): Promise<PurchaseStep> {
      const state = await progress.current(userId);
      if (!hasPlace(state)) return EXPIRED;
      const next = { name: 'choosing-plan', ...pickPlace(state) } as const;
      return (await progress.advance(userId, state, next)) ? steps.plans(state, userId) : EXPIRED;
    },

    /** The plans, as gifts for somebody else; begins the dialog. */
    async gift(userId: number): Promise<PurchaseStep> {
      if (!sellsGifts) return NO_GIFTS;
      const next = { name: 'choosing-plan', ...NO_PLACE } as const;
      await progress.begin(userId, next);
      return steps.plans(next, userId);
    },

    /** Renews one of the buyer's own subscriptions; anybody else's is not found. */
    async renew(userId: number, subscriptionId: string): Promise<PurchaseStep> {
      const own = await cachedQueries.ownSubscription(userId, subscriptionId);
      if (!own) return UNAVAILABLE;
      const { locationCode, serverCode } = own;
      const next = { name: 'choosing-plan', locationCode, serverCode, renewsSubscriptionId: own.id } as const;
      await progress.begin(userId, next);
      return steps.plans(next, userId);
    },

    /** The confirmation of a trial that costs something. */
    orderTrial: (userId: number, locationCode: string): Promise<PurchaseStep> =>
      confirm({ locationCode, serverCode: null, renewsSubscriptionId: null }, TRIAL_PLAN, userId),

    /** The confirmation of the same order once more, on any free server when the one of the order is full by now. */
    async again(userId: number, payment: Payment): Promise<PurchaseStep> {
      const { locationCode, planCode, renewsSubscriptionId, chosenServerCode } = payment;
      if (locationCode === null) return confirm(NO_PLACE, planCode, userId);
      const server = (await cachedQueries.servers(locationCode)).find(({ code }) => code === chosenServerCode);
      // An order that is still open holds its place.
      const hasPlace = isOpen(payment.status) || (server !== undefined && hasRoom(server));
      const serverCode = renewsSubscriptionId !== null || hasPlace ? chosenServerCode : null;
      return confirm({ locationCode, serverCode, renewsSubscriptionId }, planCode, userId);
    },

    /** @returns whether there was anything to cancel */
    async cancel(userId: number): Promise<boolean> {
      const unfinished = await progress.isUnfinished(userId);
      await progress.cancel(userId);
      return unfinished;
    },

    isUnfinished: (userId: number): Promise<boolean> => progress.isUnfinished(userId),

    /** Ends the dialog when the order exists. Redis being away must not keep that order from being paid. */
    finish: (userId: number): Promise<void> => unlessAway(progress.begin(userId, IDLE), undefined),
  };
}

type WithPlace = Extract<DialogState, { name: 'choosing-plan' | 'giving-contact' | 'confirming' }>;

function hasPlace(state: DialogState): state is WithPlace {
  return state.name === 'choosing-plan' || state.name === 'giving-contact' || state.name === 'confirming';
}
