import { assertNever } from '../../domain/assertNever';
import type { Language } from '../../domain/language';
import { dialogEndScreen, locationsScreen, plansScreen, serversScreen } from '../../messages/screens/buy';
import { confirmScreen } from '../../messages/screens/confirm';
import { contactScreen } from '../../messages/screens/receipt';
import { noticeWithMenu } from '../../messages/screens/menu';
import type { Screen } from '../../messages/screens/screen';
import type { PurchaseStep } from '../useCases/purchaseSteps';

/** The screen of a step of the purchase dialog. */
export function stepScreen(next: PurchaseStep, language: Language): Screen {
  switch (next.step) {
    case 'locations':
      return locationsScreen(next.locations, next.page, language);
    case 'servers':
      return serversScreen(next.location, next.servers, next.page, language);
    case 'plans':
      return plansScreen(next.place, next.plans, language);
    case 'confirm':
      return confirmScreen(next, language);
    case 'contact':
      return contactScreen(next, language);
    case 'contact-saved':
      return noticeWithMenu('contact-saved', language);
    case 'server-full':
      return dialogEndScreen('full', language);
    case 'unavailable':
    case 'limit-reached':
    case 'no-gifts':
      return dialogEndScreen(next.step, language);
    case 'expired':
      return dialogEndScreen('expired-dialog', language);
    default:
      return assertNever(next);
  }
}
