import type { BotSettings } from '../config/settings';
import type { ProviderId } from '../domain/provider';
import type { AcceptedContact } from '../domain/receiptContact';
import type { ProviderDefinition, ProviderEnvironment } from './definition';
import type { PaymentProvider } from './port';
import type { ProviderWebhook } from './webhook';
import { yookassa } from './yookassa';

/** Every way to pay; what is first is offered where nothing else is chosen. */
const DEFINITIONS: readonly ProviderDefinition[] = [yookassa];

export interface Providers {
  /** Those that are set up. */
  readonly all: readonly PaymentProvider[];
  /** That of new orders. */
  readonly first: PaymentProvider;
  /** @throws Error for one that is not set up: what was paid by it can be looked after when its settings are back */
  of(id: ProviderId): PaymentProvider;
  /** `undefined`: it is not set up here. */
  find(id: ProviderId): PaymentProvider | undefined;
}

/** @throws Error when none is set up */
export function createProviders(environment: ProviderEnvironment): Providers {
  return providersOf(DEFINITIONS.flatMap((one) => one.create(environment) ?? []));
}

/** @throws Error when there is none */
export function providersOf(all: readonly PaymentProvider[]): Providers {
  const byId = new Map(all.map((one) => [one.id, one]));
  const [first] = all;
  if (first === undefined) throw new Error('no way to pay is set up');
  return {
    all,
    first,
    find: (id) => byId.get(id),
    of(id) {
      const provider = byId.get(id);
      if (provider === undefined) throw new Error(`the provider ${id} is not set up here`);
      return provider;
    },
  };
}

/** The notifications of every provider that is set up. */
export function createWebhooks(settings: BotSettings): readonly ProviderWebhook[] {
  return DEFINITIONS.flatMap((one) => one.webhook?.(settings) ?? []);
}

/** What buyers are asked for, so that receipts reach them; `undefined`: no provider makes some. */
export function acceptedContact(settings: BotSettings): AcceptedContact | undefined {
  const accepted = DEFINITIONS.flatMap((one) => one.acceptedContact?.(settings) ?? []);
  // An address that only one of them delivers to is of no use when another is chosen.
  return accepted.includes('email') ? 'email' : accepted[0];
}
