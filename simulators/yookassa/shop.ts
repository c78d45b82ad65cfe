import type { VirtualClock } from '../clock';
import type { Faults } from './faults';
import type { Store } from './store';
import type { Webhooker } from './webhooks';

/** What every operation of the simulated shop works on. */
export interface Shop {
  readonly shopId: string;
  readonly secretKey: string;
  /** Where a visitor's browser reaches the checkout page; no slash at the end. */
  readonly publicUrl: string;
  readonly clock: VirtualClock;
  readonly faults: Faults;
  readonly store: Store;
  readonly webhooks: Webhooker;
}
