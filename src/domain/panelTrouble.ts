/**
 * Why a panel makes no key, as buyer and owner are told it.
 *
 * - `panel-unavailable`: it does not answer, or fails
 * - `panel-full`: the shop's administrator on it has reached a limit
 * - `panel-refuses`: it, or something in front of it, answers and refuses
 */
export const PANEL_TROUBLES = ['panel-unavailable', 'panel-full', 'panel-refuses'] as const;
export type PanelTrouble = (typeof PANEL_TROUBLES)[number];

/** What the owner has to do, by the code of the gateway's error. */
const WHAT_TO_DO: Readonly<Record<string, string>> = {
  full: 'its administrator has reached a limit of users or traffic; raise it in the panel',
  auth: 'it refuses the key; put the right key into the catalogue and apply it',
  hidden: 'the account was made by another administrator; put that key, or the panel owner’s, into the catalogue',
  path: 'what answers at its address is not the panel; check the secret path in the catalogue',
  blocked: 'something in front of it (firewall, CDN, proxy) refuses the shop; let this machine’s address through',
  version: 'it is older than 10.80; update it',
  link: 'its keys do not open; check the client address in the catalogue',
  'no-servers': 'its keys hold no servers; check its domains and protocols',
};

/** Class and code of a gateway's error at a panel: `hiddify:refused` and `full`. */
export interface PanelFailure {
  readonly type: string;
  readonly code?: string | undefined;
}

/**
 * Codes of refusals that are about the one account that was written: others of the same panel are written all the same.
 */
export const ABOUT_ONE_ORDER: ReadonlySet<string> = new Set([
  'state',
  'invalid',
  'exists',
  'hidden',
  'bad-request',
  'uuid-replaced',
  'not-applied',
]);

/** A failed call to a panel, as it is told. */
export interface ToldTrouble {
  readonly trouble: PanelTrouble;
  /** For the owner: what is wrong, in a sentence without its subject and its full stop. */
  readonly what: string;
}

/** @param failure `undefined`: not known */
export function toldTrouble(failure: PanelFailure | undefined): ToldTrouble {
  if (failure?.type !== 'hiddify:refused') return { trouble: 'panel-unavailable', what: unavailable(failure?.code) };
  const what = WHAT_TO_DO[failure.code ?? ''] ?? `it refuses the request (${failure.code ?? 'no reason given'})`;
  return { trouble: failure.code === 'full' ? 'panel-full' : 'panel-refuses', what };
}

/** Whether an error of the network means that a certificate was not accepted (Node.js, `tls`). */
export function isCertificateCode(code: string | null | undefined): boolean {
  return typeof code === 'string' && /CERT|SELF_SIGNED|LEAF_SIGNATURE/.test(code);
}

function unavailable(code: string | undefined): string {
  if (isCertificateCode(code)) return `its certificate is not accepted (${code}); renew it`;
  return 'it does not answer';
}
