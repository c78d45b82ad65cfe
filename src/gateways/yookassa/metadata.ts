/**
 * What the shop's payments and refunds carry at YooKassa. The same YooKassa shop may sell through other programs, and
 * through other installations of this one: the keys are this program's own, and a value says which installation it is.
 */

/** The shop's own payment id. */
export const PAYMENT_ID_METADATA_KEY = 'gigabridge_payment_id';
/** The installation that has made it. */
const INSTALLATION_METADATA_KEY = 'gigabridge_installation';
/** Of a refund: which attempt it is, so that one whose answer was lost is known again. */
const ATTEMPT_METADATA_KEY = 'gigabridge_attempt';

type Metadata = Readonly<Record<string, string>>;

export function metadataOf(about: {
  readonly installationId: string;
  readonly paymentId: string;
  readonly attempt?: number;
}): Metadata {
  return {
    [PAYMENT_ID_METADATA_KEY]: about.paymentId,
    [INSTALLATION_METADATA_KEY]: about.installationId,
    ...(about.attempt === undefined ? {} : { [ATTEMPT_METADATA_KEY]: String(about.attempt) }),
  };
}

/** The payment id that an object claims to be about, whichever installation has made it. */
export const claimedPaymentId = (metadata: Metadata): string | undefined => metadata[PAYMENT_ID_METADATA_KEY];

/** The installation that claims to have made it. */
export const claimedInstallation = (metadata: Metadata): string | undefined => metadata[INSTALLATION_METADATA_KEY];

/** The number of a refund's attempt; `undefined` for a refund that the shop did not ask for. */
export function claimedAttempt(metadata: Metadata): number | undefined {
  const attempt = Number(metadata[ATTEMPT_METADATA_KEY] ?? NaN);
  return Number.isSafeInteger(attempt) ? attempt : undefined;
}
