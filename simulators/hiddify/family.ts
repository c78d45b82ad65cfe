/**
 * The three ways a Hiddify panel behaves, by its version: A up to 12.x (marshmallow schemas), B for 13.x (pydantic,
 * soft delete, limits), C from 14.x (as B, with 401, any uuid version, hidden foreign users). Source: hiddifypanel
 * packages 10.80.11, 13.0.3, 14.0.5, observed answers and source.
 */
export type Family = 'A' | 'B' | 'C';

export function familyOf(version: string): Family {
  const major = Number(version.split('.')[0]);
  if (!Number.isInteger(major) || major < 10)
    throw new Error(`version "${version}" is not a panel version with API v2 (10.10.0 or newer)`);
  if (major >= 14) return 'C';
  return major === 13 ? 'B' : 'A';
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A and B only know lower-case version 4; C takes any version. */
export function acceptsUuid(family: Family, value: unknown): value is string {
  return typeof value === 'string' && (family === 'C' ? UUID : UUID_V4).test(value);
}

/** What the panel's routes take for a uuid in a path. */
export function looksLikeUuid(segment: string): boolean {
  return UUID.test(segment.toLowerCase());
}
