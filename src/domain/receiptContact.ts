/** Where a buyer's receipts go under 54-FZ: an e-mail address, or a phone number. */
export type ReceiptContact = { readonly email: string } | { readonly phone: string };

/** What the shop's cash desk delivers to: that of a provider may do so only by e-mail. */
export const RECEIPT_CONTACTS = ['email', 'email-or-phone'] as const;
export type AcceptedContact = (typeof RECEIPT_CONTACTS)[number];

/** Whether the cash desk can deliver to it: a shop may have changed its cash desk since it was given. */
export function isAccepted(contact: ReceiptContact, accepted: AcceptedContact): boolean {
  return 'email' in contact || accepted === 'email-or-phone';
}

/** The longest address that receipts are delivered to. */
const MOST_EMAIL = 254;
/** The part before the @ (RFC 5321, 4.5.3.1.1). */
const MOST_LOCAL_PART = 64;
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const DOMAIN_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads what a buyer typed or pasted, with spaces, "mailto:" or the punctuation of a phone number around it.
 * @returns `undefined` for what no receipt can be sent to; a phone only where the cash desk takes one
 */
export function readReceiptContact(text: string, accepted: AcceptedContact): ReceiptContact | undefined {
  const trimmed = text.normalize('NFKC').trim();
  if (trimmed.includes('@')) {
    const email = readEmail(trimmed.replace(/^mailto:/i, '').replace(/^<(.*)>$/, '$1'));
    return email === undefined ? undefined : { email };
  }
  const phone = accepted === 'email-or-phone' ? readPhone(trimmed) : undefined;
  return phone === undefined ? undefined : { phone };
}

function readEmail(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, at), asciiDomain(text.slice(at + 1))];
  if (domain === undefined) return undefined;
  const labels = domain.split('.');
  const isDomain =
    labels.length >= 2 && labels.every((label) => DOMAIN_LABEL.test(label)) && !/^\d+$/.test(labels.at(-1)!);
  if (!isDomain || local.length > MOST_LOCAL_PART || !LOCAL_PART.test(local)) return undefined;
  const email = `${local}@${domain}`;
  return email.length <= MOST_EMAIL ? email : undefined;
}

/** `почта.рф` as mail servers know it: `xn--80a1acny.xn--p1ai`. */
function asciiDomain(domain: string): string | undefined {
  if (/^[a-z0-9.-]+$/i.test(domain)) return domain.toLowerCase();
  if (!/^[\p{L}\p{N}.-]+$/u.test(domain) || !URL.canParse(`http://${domain}`)) return undefined;
  return new URL(`http://${domain}`).hostname;
}

/**
 * A number in the international form, digits only, as receipts want it (`79000000000`). Russian numbers may begin with
 * 8, or with the area code.
 */
function readPhone(text: string): string | undefined {
  if (!/^\+?[\d\s().-]+$/.test(text)) return undefined;
  const digits = text.replaceAll(/\D/g, '');
  if (text.startsWith('+')) return /^[1-9]\d{9,14}$/.test(digits) ? digits : undefined;
  if (/^[78]\d{10}$/.test(digits)) return `7${digits.slice(1)}`;
  return /^9\d{9}$/.test(digits) ? `7${digits}` : undefined;
}

/** As it is stored, in one column. */
export function receiptContactText(contact: ReceiptContact): string {
  return 'email' in contact ? contact.email : contact.phone;
}

/** The inverse of `receiptContactText`. */
export function receiptContactOf(text: string): ReceiptContact {
  return text.includes('@') ? { email: text } : { phone: text };
}

/** Enough to recognise one's own, for a screen that others may see: `an•••@example.com`, `+7•••••1234`. */
export function maskedContact(contact: ReceiptContact): string {
  if ('phone' in contact) return `+${contact.phone.slice(0, 1)}•••••${contact.phone.slice(-4)}`;
  const at = contact.email.lastIndexOf('@');
  const local = contact.email.slice(0, at);
  return `${local.slice(0, local.length > 3 ? 2 : 1)}•••${contact.email.slice(at)}`;
}
