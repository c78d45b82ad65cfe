import { randomUUID } from 'node:crypto';
import { hasRoom, type Location, type Plan, type Server } from '../../domain/catalogue';
import type { Payment } from '../../domain/payment';
import { unlessAway } from '../../storage/redis/errors';
import type { Sessions, SessionSettings } from '../../storage/redis/sessions';
import { IDLE, type DialogState } from '../dialog';
import type { Dialogs } from '../ports';
import type { CachedQueries } from '../cachedQueries';
import type { ChosenPlace } from '../../messages/screens/buy';

export type PurchaseStep =
  | { readonly step: 'locations'; readonly locations: readonly Location[]; readonly page: number }
  | {
      readonly step: 'servers';
      readonly location: Location;
      readonly servers: readonly Server[];
      readonly page: number;
    }
  | { readonly step: 'plans'; readonly place: ChosenPlace; readonly plans: readonly Plan[] }
  | { readonly step: 'confirm'; readonly place: ChosenPlace; readonly plan: Plan; readonly paymentId: string }
  | { readonly step: 'server-full' }
  /** The catalogue has changed meanwhile. */
  | { readonly step: 'unavailable' }
  /** There is no such dialog any more, or not in a state where this makes sense. */
  | { readonly step: 'expired' };

type PlaceState = {
  readonly locationCode: string;
  readonly serverCode: string | null;
  readonly renewsSubscriptionId: string | null;
};

export type PurchaseDialog = ReturnType<typeof createPurchaseDialog>;

const EXPIRED: PurchaseStep = { step: 'expired' };
const UNAVAILABLE: PurchaseStep = { step: 'unavailable' };

type Unfinished = NonNullable<SessionSettings['unfinishedPurchase']>;

/** The dialog that leads to an order. A private chat has its person's id, so one number finds the dialog. */
export function createPurchaseDialog({
  dialogs,
  sessions,
  cachedQueries,
}: {
  dialogs: Dialogs;
  sessions: Pick<Sessions, 'get' | 'patchSettings'>;
  cachedQueries: CachedQueries;
}) {
  const keyOf = (userId: number) => ({ chatId: userId, userId });

  /** How far he came outlives the dialog, for `/start` to take up. */
  const remember = (userId: number, state: DialogState): Promise<void> =>
    sessions.patchSettings(userId, { unfinishedPurchase: progressOf(state) });

  /** Whatever was there before: a command, or the first button of a choice. */
  async function begin(userId: number, state: DialogState): Promise<void> {
    await dialogs.write(keyOf(userId), state);
    await remember(userId, state);
  }

  /**
   * On to the next state, unless somebody moved the dialog since `from` was read: the chat lock keeps updates in line, but a replica
   * that stood still can lose it.
   * @returns whether the dialog is there now
   */
  async function advance(userId: number, from: DialogState, next: DialogState): Promise<boolean> {
    let moved = false;
    await dialogs.update(keyOf(userId), (state) => {
      moved = JSON.stringify(state) === JSON.stringify(from);
      return moved ? next : undefined;
    });
    if (moved) await remember(userId, next);
    return moved;
  }

  const locationOf = async (code: string): Promise<Location | undefined> =>
    (await cachedQueries.locations()).find((location) => location.code === code);

  /** What a stored place is called today; `undefined` when it is not sold any more. */
  async function placeOf(state: PlaceState, userId: number): Promise<ChosenPlace | undefined> {
    if (state.renewsSubscriptionId !== null) {
      const own = (await cachedQueries.subscriptionsOf(userId)).find(({ id }) => id === state.renewsSubscriptionId);
      return (
        own && {
          location: { code: own.locationCode, name: own.locationName, flag: own.locationFlag },
          server: { name: own.serverName },
          renewal: true,
        }
      );
    }
    const location = await locationOf(state.locationCode);
    if (!location) return undefined;
    if (state.serverCode === null) return { location, server: undefined, renewal: false };
    const server = (await cachedQueries.servers(location.code)).find(({ code }) => code === state.serverCode);
    return server && { location, server, renewal: false };
  }

  async function showPlans(state: PlaceState, userId: number): Promise<PurchaseStep> {
    const place = await placeOf(state, userId);
    return place ? { step: 'plans', place, plans: await cachedQueries.plans() } : UNAVAILABLE;
  }

  /**
   * Stores the order that the screen confirms: its id is made here, so that every tap on that screen means the same order.
   * @param from the state it follows from; `undefined`: it begins here
   */
  async function confirm(
    state: PlaceState,
    planCode: string,
    userId: number,
    from?: DialogState,
  ): Promise<PurchaseStep> {
    const place = await placeOf(state, userId);
    const plan = (await cachedQueries.plans()).find(({ code }) => code === planCode);
    if (!place || !plan) return UNAVAILABLE;
    const paymentId = randomUUID();
    const next = {
      name: 'confirming',
      ...pickPlace(state),
      planCode,
      priceKopecks: plan.priceKopecks,
      paymentId,
    } as const;
    if (from === undefined) await begin(userId, next);
    else if (!(await advance(userId, from, next))) return EXPIRED;
    return { step: 'confirm', place, plan, paymentId };
  }

  /** Takes up a choice whose dialog has expired, as far as it had come. */
  async function takeUp(
    userId: number,
    { locationCode, serverCode, renewsSubscriptionId, planCode }: Unfinished,
  ): Promise<PurchaseStep> {
    if (serverCode === undefined) {
      const choice = await showServers(locationCode, 0);
      if (choice.step === 'servers') await begin(userId, { name: 'choosing-server', locationCode });
      return choice;
    }
    const state = { locationCode, serverCode, renewsSubscriptionId: renewsSubscriptionId ?? null };
    if (planCode !== undefined) return confirm(state, planCode, userId);
    const choice = await showPlans(state, userId);
    if (choice.step === 'plans') await begin(userId, { name: 'choosing-plan', ...state });
    return choice;
  }

  async function showServers(locationCode: string, page: number): Promise<PurchaseStep> {
    const location = await locationOf(locationCode);
    return location
      ? { step: 'servers', location, servers: await cachedQueries.servers(locationCode), page }
      : UNAVAILABLE;
  }

  async function current(userId: number): Promise<DialogState> {
    const { state, status, expired } = await dialogs.read(keyOf(userId));
    // Said once; from then on there is nothing that could have expired.
    if (expired || status === 'unreadable') await dialogs.clear(keyOf(userId));
    return state;
  }

  async function isUnfinished(userId: number): Promise<boolean> {
    const dialog = await unlessAway(dialogs.read(keyOf(userId)), undefined);
    if (dialog !== undefined && dialog.state.name !== 'idle') return true;
    return (await sessions.get(userId)).settings.unfinishedPurchase !== undefined;
  }

  return {
    /** Begins, or begins again: whatever was being chosen before is forgotten. */
    async begin(userId: number): Promise<PurchaseStep> {
      await begin(userId, { name: 'choosing-location' });
      return { step: 'locations', locations: await cachedQueries.locations(), page: 0 };
    },

    /** Turns the page of the locations; also the way back to them. */
    async locations(userId: number, page: number): Promise<PurchaseStep> {
      await begin(userId, { name: 'choosing-location' });
      return { step: 'locations', locations: await cachedQueries.locations(), page };
    },

    async servers(userId: number, locationCode: string, page: number): Promise<PurchaseStep> {
      const state = await current(userId);
      if (state.name === 'idle') return EXPIRED;
      const choice = await showServers(locationCode, page);
      if (choice.step === 'servers' && !(await advance(userId, state, { name: 'choosing-server', locationCode })))
        return EXPIRED;
      return choice;
    },

    /** @param serverCode `null`: "choose for me" */
    async server(userId: number, serverCode: string | null): Promise<PurchaseStep> {
      const state = await current(userId);
      if (state.name === 'idle' || state.name === 'choosing-location') return EXPIRED;
      const { locationCode } = state;
      const servers = await cachedQueries.servers(locationCode);
      const chosen = serverCode === null ? servers.find(hasRoom) : servers.find(({ code }) => code === serverCode);
      if (!chosen) return serverCode === null && servers.length > 0 ? { step: 'server-full' } : UNAVAILABLE;
      if (!hasRoom(chosen)) return { step: 'server-full' };
      const next = { name: 'choosing-plan', locationCode, serverCode, renewsSubscriptionId: null } as const;
      return (await advance(userId, state, next)) ? showPlans(next, userId) : EXPIRED;
    },

    async plan(userId: number, planCode: string): Promise<PurchaseStep> {
      const state = await current(userId);
      return state.name === 'choosing-plan' || state.name === 'confirming'
        ? confirm(state, planCode, userId, state)
        : EXPIRED;
    },

    /** Back from the confirmation. */
    async plans(userId: number): Promise<PurchaseStep> {
      const state = await current(userId);
      if (state.name !== 'choosing-plan' && state.name !== 'confirming') return EXPIRED;
      return (await advance(userId, state, { name: 'choosing-plan', ...pickPlace(state) }))
        ? showPlans(state, userId)
        : EXPIRED;
    },

    /** Goes on from where the buyer was, on this replica or another, after a restart or not. */
    async resume(userId: number): Promise<PurchaseStep> {
      const state = await current(userId);
      switch (state.name) {
        case 'idle': {
          const { unfinishedPurchase } = (await sessions.get(userId)).settings;
          if (unfinishedPurchase === undefined) return EXPIRED;
          const choice = await takeUp(userId, unfinishedPurchase);
          if (choice.step === 'unavailable') await remember(userId, IDLE);
          return choice;
        }
        case 'choosing-location':
          return { step: 'locations', locations: await cachedQueries.locations(), page: 0 };
        case 'choosing-server':
          return showServers(state.locationCode, 0);
        case 'choosing-plan':
          return showPlans(state, userId);
        case 'confirming':
          return confirm(state, state.planCode, userId, state);
      }
    },

    /** Prolongs a subscription of his own; anybody else's is not found. */
    async renew(userId: number, subscriptionId: string): Promise<PurchaseStep> {
      const own = (await cachedQueries.subscriptionsOf(userId)).find(({ id }) => id === subscriptionId);
      if (!own) return UNAVAILABLE;
      const next = {
        name: 'choosing-plan',
        locationCode: own.locationCode,
        serverCode: own.serverCode,
        renewsSubscriptionId: own.id,
      } as const;
      await begin(userId, next);
      return showPlans(next, userId);
    },

    /** The same order once more, straight to its confirmation; another server if that one is full by now. */
    async again(userId: number, payment: Payment): Promise<PurchaseStep> {
      const { locationCode, planCode, renewsSubscriptionId } = payment;
      const server = (await cachedQueries.servers(locationCode)).find(({ code }) => code === payment.serverCode);
      const free = server !== undefined && hasRoom(server);
      return confirm(
        {
          locationCode,
          serverCode: renewsSubscriptionId !== null || free ? payment.serverCode : null,
          renewsSubscriptionId,
        },
        planCode,
        userId,
      );
    },

    /** @returns whether there was anything to cancel */
    async cancel(userId: number): Promise<boolean> {
      const unfinished = await isUnfinished(userId);
      await unlessAway(dialogs.clear(keyOf(userId)), undefined);
      await remember(userId, IDLE);
      return unfinished;
    },

    isUnfinished,

    /** The order that this screen confirms, if it is the one the buyer is at. */
    async confirmed(
      userId: number,
      paymentId: string,
    ): Promise<Extract<DialogState, { name: 'confirming' }> | undefined> {
      const { state } = await dialogs.read(keyOf(userId));
      return state.name === 'confirming' && state.paymentId === paymentId ? state : undefined;
    },

    /** The payment has taken over; it exists already, so Redis being away must not stop it. */
    finish: (userId: number): Promise<void> => unlessAway(begin(userId, IDLE), undefined),
  };
}

/** What is worth taking up of a dialog: nothing before a location was chosen. */
function progressOf(state: DialogState): Unfinished | undefined {
  if (state.name === 'idle' || state.name === 'choosing-location') return undefined;
  if (state.name === 'choosing-server') return { locationCode: state.locationCode };
  const { locationCode, serverCode, renewsSubscriptionId } = state;
  return {
    locationCode,
    serverCode,
    ...(renewsSubscriptionId === null ? {} : { renewsSubscriptionId }),
    ...(state.name === 'confirming' ? { planCode: state.planCode } : {}),
  };
}

function pickPlace({ locationCode, serverCode, renewsSubscriptionId }: PlaceState): PlaceState {
  return { locationCode, serverCode, renewsSubscriptionId };
}
