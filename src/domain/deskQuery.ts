import { PROMO_CODE } from './promo/code';
import { readVoucherCode } from './voucher/code';
import { isUuid, UUID_PATTERN } from './uuid';

/** What somebody who searches may have meant. Everything of it is looked for. */
export interface DeskQuery {
  /** Whole ids: of an order, of YooKassa's payment or refund, of a subscription, of an account on a panel (in a key). */
  readonly ids: readonly string[];
  /** Telegram ids. */
  readonly userIds: readonly number[];
  /** The beginning of a first name or of a @name, in lower case. */
  readonly name: string | undefined;
  /** Codes: of a voucher, of somebody's invitation, of a promotion. */
  readonly voucher: string | undefined;
  readonly referral: string | undefined;
  readonly promo: string | undefined;
}

/** Nobody means more things at once; a longer text is a mistake, and its first ones are looked for. */
const MOST_IDS = 10;
const MOST_NAME = 64;
const ID = new RegExp(`(?<![0-9a-z])${UUID_PATTERN}(?![0-9a-z])`, 'g');
const NUMBER = /(?<![0-9a-z-])[1-9]\d{0,14}(?![0-9a-z-])/g;
const REFERRAL_CODE = /^[0-9A-HJKMNP-TV-Z]{8}$/;
/** What links to the bot end with. */
const START = /[?&]start=(?:(gift)_([0-9A-Za-z]{1,64})|(ref)_([0-9A-Za-z]{1,64})|(promo)_([\w-]{1,64}))/;

/**
 * Reads what somebody searches for: pasted whole, in any case, with whatever stands around it. Characters that show
 * nothing (direction marks, zero widths, NUL) are dropped, full-width ones are read as what they look like.
 */
export function readDeskQuery(given: string): DeskQuery {
  const text = given
    .normalize('NFKC')
    .replaceAll(/[\p{C}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const lower = text.toLowerCase();
  const all = (pattern: RegExp) => [...new Set(lower.match(pattern) ?? [])].slice(0, MOST_IDS);
  const [, gift, giftCode, ref, refCode, promo, promoCode] = START.exec(text) ?? [];
  const isLink = gift !== undefined || ref !== undefined || promo !== undefined;
  const word = isLink || text.includes(' ') ? '' : text.toUpperCase();
  const codeOf = (pattern: RegExp, inLink: string | undefined) => {
    const code = (isLink ? (inLink ?? '') : word).toUpperCase();
    return pattern.test(code) ? code : undefined;
  };
  const name = lower.replace(/^@/, '');
  return {
    ids: all(ID).filter(isUuid),
    userIds: all(NUMBER).map(Number),
    name: name.length <= MOST_NAME && /\p{L}/u.test(name) && !isLink && !name.includes('://') ? name : undefined,
    voucher: isLink ? readVoucherCode(giftCode ?? '') : readVoucherCode(text),
    referral: codeOf(REFERRAL_CODE, refCode),
    promo: codeOf(PROMO_CODE, promoCode),
  };
}
