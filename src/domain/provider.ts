/**
 * A way to pay, by the word that its rows and logs use. An open set here, so that another one needs nothing
 * of the database or of these rules.
 */
export type ProviderId = string;

/** How an order is paid; fixed at the tap. */
export interface PayWay {
  readonly provider: ProviderId;
  /** Nothing is converted: the order's price is in it. */
  readonly currency: string;
}

/** What a provider calls something: its word is unique with the provider only. */
export interface ProviderKey {
  readonly provider: ProviderId;
  readonly providerRef: string;
}
