import type { BotDeps } from '../ports';
import type { Choosing } from '../useCases/choose';
import type { GivingBack } from '../useCases/giveBack';
import type { Paying } from '../useCases/pay';
import type { PaymentScreens } from './paymentScreens';

/** What the features are made of. */
export interface Features extends Pick<
  BotDeps,
  'sessions' | 'reads' | 'users' | 'adminIds' | 'publicUrl' | 'temporalUi' | 'now' | 'shopCounts' | 'support'
> {
  readonly choosing: Choosing;
  readonly paying: Paying;
  readonly givingBack: GivingBack;
  readonly paymentScreens: PaymentScreens;
}
