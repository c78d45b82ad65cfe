/** A uuid as PostgreSQL and `randomUUID` write it: lower case. For composing patterns; `isUuid` for a whole text. */
export const UUID_PATTERN = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

const WHOLE = new RegExp(`^${UUID_PATTERN}$`);

/** Whether a text from outside can be one of our ids: safe for a query, a deep link and a log. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && WHOLE.test(text);
}
