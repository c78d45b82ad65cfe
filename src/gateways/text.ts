/** Shortens to `length` UTF-16 units, which is how services count, without cutting an emoji in half. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const short = text.slice(0, length - 1);
  return `${/[\uD800-\uDBFF]$/.test(short) ? short.slice(0, -1) : short}…`;
}

/** `undefined` for anything that isn't JSON: services answer some errors with a page, and proxies with theirs. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
