import type { BotSettings, ProviderSettings } from '../config/settings';
import type { AcceptedContact } from '../domain/receiptContact';
import type { HttpObserver } from '../gateways/http';
import type { PaymentProvider } from './port';
import type { ProviderWebhook } from './webhook';

/** What providers are made of, once for each process. */
export interface ProviderEnvironment {
  readonly settings: ProviderSettings;
  readonly now: () => Date;
  /** Called after every call to a provider. */
  readonly observe?: HttpObserver | undefined;
}

/** What a provider's folder gives to the registry. */
export interface ProviderDefinition {
  /** `undefined`: the owner has not set it up. */
  create(environment: ProviderEnvironment): PaymentProvider | undefined;
  /** What its receipts are delivered to, where it makes some: the bot asks buyers for it. */
  acceptedContact?(settings: BotSettings): AcceptedContact | undefined;
  /** Its notifications, where it sends some over HTTP; for the process that has no key to the money. */
  webhook?(settings: BotSettings): ProviderWebhook | undefined;
}
