import { randomUUID } from 'node:crypto';
import { hasRoom, type Location, type Plan, type Server } from '../../domain/catalogue';
import type { Payment } from '../../domain/payment';
import { unlessAway } from '../../storage/redis/errors';
import { IDLE, type DialogState } from '../dialog';
import type { Dialogs } from '../ports';
import type { Reads } from '../reads';
import type { ChosenPlace } from '../screens/buy';

export type Choice =
  | { readonly step: 'locations'; readonly locations: readonly Location[]; readonly page: number }
  | { readonly step: 'servers'; readonly location: Location; readonly servers: readonly Server[]; readonly page: number }
  | { readonly step: 'plans'; readonly place: ChosenPlace; readonly plans: readonly Plan[] }
  | { readonly step: 'confirm'; readonly place: ChosenPlace; readonly plan: Plan; readonly paymentId: string }
  | { readonly step: 'server-full' }
  /** The catalogue has changed meanwhile. */
  | { readonly step: 'unavailable' }
  /** There is no such dialog any more, or not in a state where this makes sense. */
  | { readonly step: 'expired' };

type PlaceState = { readonly locationCode: string; readonly serverCode: string | null; readonly renewsSubscriptionId: string | null };

export type Choosing = ReturnType<typeof createChoosing>;

const EXPIRED: Choice = { step: 'expired' };
const UNAVAILABLE: Choice = { step: 'unavailable' };

/** The dialog that leads to an order. A private chat has its person's id, so one number finds the dialog. */
export function createChoosing({ dialogs, reads }: { dialogs: Dialogs; reads: Reads }) {
  const keyOf = (userId: number) => ({ chatId: userId, userId });

  const locationOf = async (code: string): Promise<Location | undefined> => (await reads.locations()).find((location) => location.code === code);

  /** What a stored place is called today; `undefined` when it is not sold any more. */
  async function placeOf(state: PlaceState, userId: number): Promise<ChosenPlace | undefined> {
    if (state.renewsSubscriptionId !== null) {
      const own = (await reads.subscriptionsOf(userId)).find(({ id }) => id === state.renewsSubscriptionId);
      return own && { location: { code: own.locationCode, name: own.locationName, flag: own.locationFlag }, server: { name: own.serverName }, renewal: true };
    }
    const location = await locationOf(state.locationCode);
    if (!location) return undefined;
    if (state.serverCode === null) return { location, server: undefined, renewal: false };
    const server = (await reads.servers(location.code)).find(({ code }) => code === state.serverCode);
    return server && { location, server, renewal: false };
  }

  async function showPlans(state: PlaceState, userId: number): Promise<Choice> {
    const place = await placeOf(state, userId);
    return place ? { step: 'plans', place, plans: await reads.plans() } : UNAVAILABLE;
  }

  /** Stores the order that the screen confirms: its id is made here, so that every tap on that screen means the same order. */
  async function confirm(state: PlaceState, planCode: string, userId: number): Promise<Choice> {
    const place = await placeOf(state, userId);
    const plan = (await reads.plans()).find(({ code }) => code === planCode);
    if (!place || !plan) return UNAVAILABLE;
    const paymentId = randomUUID();
    await dialogs.write(keyOf(userId), { name: 'confirming', ...pickPlace(state), planCode, priceKopecks: plan.priceKopecks, paymentId });
    return { step: 'confirm', place, plan, paymentId };
  }

  async function current(userId: number): Promise<DialogState> {
    const { state, status, expired } = await dialogs.read(keyOf(userId));
    // Said once; from then on there is nothing that could have expired.
    if (expired || status === 'unreadable') await dialogs.clear(keyOf(userId));
    return state;
  }

  return {
    /** Begins, or begins again: whatever was being chosen before is forgotten. */
    async begin(userId: number): Promise<Choice> {
      await dialogs.write(keyOf(userId), { name: 'choosing-location' });
      return { step: 'locations', locations: await reads.locations(), page: 0 };
    },

    /** Turns the page of the locations; also the way back to them. */
    async locations(userId: number, page: number): Promise<Choice> {
      await dialogs.write(keyOf(userId), { name: 'choosing-location' });
      return { step: 'locations', locations: await reads.locations(), page };
    },

    async servers(userId: number, locationCode: string, page: number): Promise<Choice> {
      if ((await current(userId)).name === 'idle') return EXPIRED;
      const location = await locationOf(locationCode);
      if (!location) return UNAVAILABLE;
      const servers = await reads.servers(locationCode);
      await dialogs.write(keyOf(userId), { name: 'choosing-server', locationCode });
      return { step: 'servers', location, servers, page };
    },

    /** @param serverCode `null`: "choose for me" */
    async server(userId: number, serverCode: string | null): Promise<Choice> {
      const state = await current(userId);
      if (state.name === 'idle' || state.name === 'choosing-location') return EXPIRED;
      const { locationCode } = state;
      const servers = await reads.servers(locationCode);
      const chosen = serverCode === null ? servers.find(hasRoom) : servers.find(({ code }) => code === serverCode);
      if (!chosen) return serverCode === null && servers.length > 0 ? { step: 'server-full' } : UNAVAILABLE;
      if (!hasRoom(chosen)) return { step: 'server-full' };
      const next = { name: 'choosing-plan', locationCode, serverCode, renewsSubscriptionId: null } as const;
      await dialogs.write(keyOf(userId), next);
      return showPlans(next, userId);
    },

    async plan(userId: number, planCode: string): Promise<Choice> {
      const state = await current(userId);
      return state.name === 'choosing-plan' || state.name === 'confirming' ? confirm(state, planCode, userId) : EXPIRED;
    },

    /** Back from the confirmation. */
    async plans(userId: number): Promise<Choice> {
      const state = await current(userId);
      if (state.name !== 'choosing-plan' && state.name !== 'confirming') return EXPIRED;
      await dialogs.write(keyOf(userId), { name: 'choosing-plan', ...pickPlace(state) });
      return showPlans(state, userId);
    },

    /** Goes on from where the buyer was, on this replica or another, after a restart or not. */
    async resume(userId: number): Promise<Choice> {
      const state = await current(userId);
      switch (state.name) {
        case 'idle':
          return EXPIRED;
        case 'choosing-location':
          return { step: 'locations', locations: await reads.locations(), page: 0 };
        case 'choosing-server':
          return this.servers(userId, state.locationCode, 0);
        case 'choosing-plan':
          return showPlans(state, userId);
        case 'confirming':
          return confirm(state, state.planCode, userId);
      }
    },

    /** Prolongs a subscription of his own; anybody else's is not found. */
    async renew(userId: number, subscriptionId: string): Promise<Choice> {
      const own = (await reads.subscriptionsOf(userId)).find(({ id }) => id === subscriptionId);
      if (!own) return UNAVAILABLE;
      const next = { name: 'choosing-plan', locationCode: own.locationCode, serverCode: own.serverCode, renewsSubscriptionId: own.id } as const;
      await dialogs.write(keyOf(userId), next);
      return showPlans(next, userId);
    },

    /** The same order once more, straight to its confirmation; another server if that one is full by now. */
    async again(userId: number, payment: Payment): Promise<Choice> {
      const { locationCode, planCode, renewsSubscriptionId } = payment;
      const server = (await reads.servers(locationCode)).find(({ code }) => code === payment.serverCode);
      const free = server !== undefined && hasRoom(server);
      return confirm({ locationCode, serverCode: renewsSubscriptionId !== null || free ? payment.serverCode : null, renewsSubscriptionId }, planCode, userId);
    },

    /** @returns whether there was anything to cancel */
    async cancel(userId: number): Promise<boolean> {
      const dialog = await unlessAway(dialogs.read(keyOf(userId)), undefined);
      await unlessAway(dialogs.clear(keyOf(userId)), undefined);
      return dialog !== undefined && dialog.state.name !== 'idle';
    },

    async isUnfinished(userId: number): Promise<boolean> {
      const dialog = await unlessAway(dialogs.read(keyOf(userId)), undefined);
      return dialog !== undefined && dialog.state.name !== 'idle';
    },

    /** The order that this screen confirms, if it is the one the buyer is at. */
    async confirmed(userId: number, paymentId: string): Promise<Extract<DialogState, { name: 'confirming' }> | undefined> {
      const { state } = await dialogs.read(keyOf(userId));
      return state.name === 'confirming' && state.paymentId === paymentId ? state : undefined;
    },

    /** The payment has taken over; it exists already, so Redis being away must not stop it. */
    finish: (userId: number): Promise<void> => unlessAway(dialogs.write(keyOf(userId), IDLE), undefined),
  };
}

function pickPlace({ locationCode, serverCode, renewsSubscriptionId }: PlaceState): PlaceState {
  return { locationCode, serverCode, renewsSubscriptionId };
}
