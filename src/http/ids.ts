const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text from outside can be one of our payment ids: safe for a query, a deep link and a log. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}
