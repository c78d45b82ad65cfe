/** What providers are called, apart from the code that talks to them: texts need no more. */
import type { LocalizedText } from '../domain/language';
import type { PayWay, ProviderId } from '../domain/provider';
import { CRYPTOPAY_ID, CRYPTOPAY_LABEL } from './cryptopay/label';
import { STARS_ID, STARS_LABEL } from './stars/label';
import { YOOKASSA_CAN, YOOKASSA_ID, YOOKASSA_LABEL } from './yookassa/label';

const LABELS: ReadonlyMap<ProviderId, LocalizedText> = new Map([
  [YOOKASSA_ID, YOOKASSA_LABEL],
  [CRYPTOPAY_ID, CRYPTOPAY_LABEL],
  [STARS_ID, STARS_LABEL],
]);

/** How an order is paid where nobody has chosen another way. */
export const FIRST_WAY: PayWay = { provider: YOOKASSA_ID, currency: YOOKASSA_CAN.currency };

/** As people know it. One that was removed from the shop is called by its id: what it took is still looked after. */
export function providerLabel(id: ProviderId): LocalizedText {
  return LABELS.get(id) ?? { ru: id, en: id };
}
