/** What a provider can do, as data: screens and rules ask this, and never which provider it is. */
export interface Capabilities {
  /** What buyers pay in; prices are in it, and nothing is converted. */
  readonly currency: string;
  /** Whether the buyer pays in a browser, or in the chat itself. */
  readonly paidIn: 'browser' | 'chat';
  /** Whether one payment may be paid more than once; what is too much goes back. */
  readonly severalCharges: boolean;
  /** Whether the shop is asked right before the money moves, and may say no. */
  readonly approves: boolean;
  /** Whether a payment that nobody has paid can be ended by the shop. */
  readonly closes: boolean;
  /** What can go back by itself: any part, only the whole, or nothing. */
  readonly refunds: 'any' | 'whole' | 'none';
  /** Whether a later payment can be made without the buyer. */
  readonly savesMethods: boolean;
  /** Whether its notifications can be forged, so that they only say where to look. */
  readonly signsNotifications: boolean;
}
