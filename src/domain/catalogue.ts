import type { PlanGrant } from './grant';
import type { LocalizedText } from './language';

/** Where a buyer wants to come out, e.g. the Netherlands. `code` is the owner's own, `[a-z0-9-]{1,20}`. */
export interface Location {
  readonly code: string;
  readonly name: LocalizedText;
  readonly flag: string;
}

/**
 * Why the panel of a server made no key when it was last asked: it did not answer (`away`), refused the shop, or made
 * none.
 */
export const SERVER_TROUBLES = ['away', 'refused', 'no-keys'] as const;
export type ServerTrouble = (typeof SERVER_TROUBLES)[number];

/** A location in which something can be had for nothing, or for the price of a trial. */
export interface LocationWithRoom extends Location {
  /** Of the server that would make the key, see `roomiest`; `null`: nothing is known to be wrong. */
  readonly trouble: ServerTrouble | null;
}

/** One Hiddify panel that sells places in a location. Its address and key never leave storage and gateways. */
export interface Server {
  readonly code: string;
  readonly locationCode: string;
  readonly name: string;
  /** Places still free; `null` when the owner set no limit. */
  readonly freePlaces: number | null;
  /** A key from there may come later; `null`: nothing is known to be wrong. */
  readonly trouble: ServerTrouble | null;
}

export interface Plan extends PlanGrant {
  readonly code: string;
  readonly name: LocalizedText;
  readonly priceKopecks: number;
  /** In Telegram Stars; `null`: it is not sold for them. */
  readonly priceStars: number | null;
}

/** What a plan costs in a currency, as the owner has set it; `undefined`: it is not sold in it. */
export function planPrice(
  { priceKopecks, priceStars }: { readonly priceKopecks: number; readonly priceStars: number | null },
  currency: string,
): number | undefined {
  const prices: Readonly<Record<string, number | null>> = { RUB: priceKopecks, XTR: priceStars };
  return prices[currency] ?? undefined;
}

/** Whether one more subscription fits. A full server is never sold. */
export function hasRoom(server: Pick<Server, 'freePlaces'>): boolean {
  return server.freePlaces === null || server.freePlaces > 0;
}

/**
 * The server with the most room, for "choose for me", one without trouble before one with; `undefined` when every one
 * is full.
 */
export function roomiest<S extends Pick<Server, 'freePlaces' | 'code' | 'trouble'>>(
  servers: readonly S[],
): S | undefined {
  return servers
    .filter(hasRoom)
    .toSorted(
      (a, b) =>
        Number(a.trouble !== null) - Number(b.trouble !== null) ||
        (b.freePlaces ?? Infinity) - (a.freePlaces ?? Infinity) ||
        a.code.localeCompare(b.code),
    )[0];
}
