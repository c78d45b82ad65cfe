import type { VirtualClock } from '../clock';
import type { Faults } from './faults';
import type { Store } from './store';
import type { Webhooker } from './webhooks';

/** What every operation of the simulated Crypto Pay app works on. */
export interface App {
  readonly token: string;
  /** The test network: it has the asset JET, and tokens of the other network are worth nothing. */
  readonly isTestnet: boolean;
  /** Where a visitor's browser reaches the pay page; no slash at the end. */
  readonly publicUrl: string;
  readonly clock: VirtualClock;
  readonly faults: Faults;
  readonly store: Store;
  readonly webhooks: Webhooker;
}
