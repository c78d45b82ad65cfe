import { invalid } from './errors';
import type { StoredPayment } from './store';

const CONFIRMATIONS = ['redirect', 'embedded', 'qr', 'mobile_application', 'external'];
const LONGEST_URL = 2048;

export function readOptionalText(
  value: unknown,
  parameter: string,
  longest: number,
  tooLong: string,
): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid('Invalid request parameter', parameter);
  if (value.length > longest) throw invalid(tooLong, parameter);
  return value;
}

/** Up to 16 keys of 32 characters with values of 512 (YooKassa docs, metadata); kept and returned verbatim. */
export function readMetadata(metadata: unknown): Record<string, string | null> {
  if (metadata === undefined || metadata === null) return {};
  if (typeof metadata !== 'object' || Array.isArray(metadata)) throw invalid('Invalid request parameter', 'metadata');
  const entries = Object.entries(metadata);
  if (entries.length > 16) throw invalid('Metadata object is limited to 16 keys', 'metadata');
  for (const [key, value] of entries) {
    if (key.length > 32)
      throw invalid('The key names length in metadata object is limited to 32 characters', 'metadata');
    if (value !== null && typeof value !== 'string') throw invalid('Invalid request parameter', `metadata.${key}`);
    if (value !== null && value.length > 512)
      throw invalid('The key values length in metadata object is limited to 512 characters', 'metadata');
  }
  return metadata as Record<string, string | null>;
}

/** How the buyer confirms. Needed unless a saved method pays by itself, which in turn excludes it. */
export function readConfirmation(
  body: Record<string, unknown>,
  way: string | undefined,
): StoredPayment['confirmation'] {
  const confirmation = body['confirmation'];
  if (way === 'payment_method_id') {
    if (confirmation !== undefined && confirmation !== null)
      throw invalid('Confirmation must be null when using payment_method_id', 'confirmation');
    return undefined;
  }
  if (typeof confirmation !== 'object' || confirmation === null)
    throw invalid('Illegal confirmation type', 'confirmation.type');
  const { type, return_url, enforce } = confirmation as Record<string, unknown>;
  if (typeof type !== 'string' || !CONFIRMATIONS.includes(type))
    throw invalid('Illegal confirmation type', 'confirmation.type');
  if (return_url === undefined && (type === 'redirect' || type === 'mobile_application')) {
    throw invalid('Return url is missing', 'confirmation.return_url');
  }
  if (
    return_url !== undefined &&
    (typeof return_url !== 'string' || return_url.length > LONGEST_URL || !URL.canParse(return_url))
  ) {
    throw invalid('Invalid request parameter', 'confirmation.return_url');
  }
  return { type, ...(return_url !== undefined && { return_url }), ...(typeof enforce === 'boolean' && { enforce }) };
}
