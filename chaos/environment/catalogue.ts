/** What the shop of a chaos run sells. Each plan has a price of its own, so that an amount tells what was bought. */
export const PLANS = [
  { code: 'week', name: { ru: 'Неделя', en: 'A week' }, days: 7, trafficGb: 20, priceKopecks: 9_900 },
  { code: 'month', name: { ru: 'Месяц', en: 'A month' }, days: 30, trafficGb: 100, priceKopecks: 29_900 },
  { code: 'quarter', name: { ru: 'Три месяца', en: 'Three months' }, days: 90, trafficGb: 400, priceKopecks: 79_900 },
] as const;

/** Promo codes, each for a few uses: a fifth off. No discounted price is another plan's price. */
export const PROMO_PERCENT = 20;
export const PROMO_USES = 3;
export const PROMO_CODES = Array.from({ length: 12 }, (_, index) => `CHAOS-${index + 1}`);
export const promoPrice = (kopecks: number): number => Math.floor((kopecks * (100 - PROMO_PERCENT)) / 10_000) * 100;
/** Vouchers, each claimed once, of days that no plan has. Several people have the same one. */
export const VOUCHER = { days: 5, trafficGb: 10 } as const;
export const VOUCHER_CODES = Array.from(
  { length: 12 },
  (_, index) => `0CHA0SVCHRCD00${String(index + 1).padStart(2, '0')}`,
);
/** What a friend who buys, and who invited them, get. What friends buy brings it. */
export const REWARD_DAYS = 7;
export const FRIENDS_PLAN = 'month';
/** What people get to try the shop; of days that no plan has. */
export const TRIAL = { days: 3, trafficGb: 5, perDay: 1_000_000, perReferrerPerDay: 1_000_000 } as const;

export type PlanCode = (typeof PLANS)[number]['code'];

/** `nl` can fall back to another server, `de` and `fi` have one panel each. */
export const LOCATIONS = [
  { code: 'nl', servers: ['panel-1', 'panel-2'] },
  { code: 'de', servers: ['panel-1'] },
  { code: 'fi', servers: ['panel-2'] },
] as const;

export type LocationCode = (typeof LOCATIONS)[number]['code'];

export type PanelName = 'panel-1' | 'panel-2';

/** Secrets of the stand-ins. They are valid nowhere else. */
export const PANEL = {
  'admin-path': 'ChaosAdmin1',
  'client-path': 'ChaosClient1',
  'admin-key': '5f0c7a52-3d1e-4c6b-9a84-1e2d3c4b5a69',
} as const;

/** @param portOf the port of the link that leads to a panel */
export function catalogue(portOf: (panel: PanelName) => number): unknown {
  const panel = (name: PanelName) => {
    const url = `http://127.0.0.1:${portOf(name)}`;
    return {
      adminUrl: `${url}/${PANEL['admin-path']}`,
      apiKey: PANEL['admin-key'],
      clientUrl: `${url}/${PANEL['client-path']}`,
    };
  };
  return {
    locations: LOCATIONS.map(({ code }) => ({ code, name: { ru: code, en: code }, flag: '' })),
    servers: LOCATIONS.flatMap(({ code, servers }) =>
      servers.map((name, index) => ({
        code: `${code}-${index + 1}`,
        location: code,
        name: `${code} ${index + 1}`,
        panel: panel(name),
        capacity: null,
      })),
    ),
    plans: PLANS,
    trial: TRIAL,
  };
}
