import type { Language } from '../../domain/language';
import type { Disapproval } from '../../domain/starApproval';
import { plain } from '../locales/index';

const TEXTS = {
  unknown: 'not-payable-unknown',
  'another-buyer': 'not-payable-another-buyer',
  paid: 'not-payable-paid',
  ended: 'not-payable-ended',
  'another-price': 'not-payable-another-price',
} as const satisfies Record<Disapproval, string>;

/** What somebody reads who may not pay now; no Stars have moved. */
export function notPayable(disapproval: Disapproval, language: Language): string {
  return plain(language, TEXTS[disapproval]);
}
