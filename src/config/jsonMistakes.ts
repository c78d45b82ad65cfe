/** Mistakes of a JSON text by their place: what `JSON.parse` does not say, or takes without a word. */

/** A syntax mistake; the scan ends with it. */
class Mistake extends Error {}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const BLANKS = /[ \t\r\n]*/y;
/** A whole string: no control characters, no unknown escapes. */
const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
/** Deeper than any file of ours, and far from the end of the stack. */
const MAX_DEPTH = 50;
/** Anything else may be a value that was written in the wrong place, such as a key. */
const SHOWN_NAME = /^[A-Za-z]{1,20}$/;

/**
 * All names that an object has twice, of which `JSON.parse` keeps the last one silently; then, if there is one, the
 * first place that is not JSON (RFC 8259). Values are not repeated: some of them are keys.
 * @returns no mistakes: `JSON.parse` takes the text and loses nothing of it
 */
export function jsonMistakes(text: string): string[] {
  const mistakes: string[] = [];
  let at = 0;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const fail = (expected: string): never => {
    const found = at >= text.length ? 'the file ends too early' : `${place(text, at)}`;
    throw new Mistake(`it is not JSON: ${found}: expected ${expected}`);
  };
  /** Skips blanks, then takes the sign if it is next. */
  const takeSign = (sign: string): boolean => {
    take(BLANKS);
    if (text[at] !== sign) return false;
    at += 1;
    return true;
  };

  const scanObject = (path: string, depth: number): void => {
    const names = new Set<string>();
    if (takeSign('}')) return;
    do {
      take(BLANKS);
      const start = at;
      const source = take(STRING) ?? fail('a name in double quotes, and no comma after the last one');
      const name = JSON.parse(source) as string;
      const shown = SHOWN_NAME.test(name) ? name : 'a name';
      const inside = path === '' ? shown : `${path}.${shown}`;
      if (names.has(name)) mistakes.push(`${inside} is there twice, again at ${place(text, start)}`);
      names.add(name);
      if (!takeSign(':')) fail('a colon after the name');
      scanValue(inside, depth + 1);
    } while (takeSign(','));
    if (!takeSign('}')) fail('a comma, or } at the end of what { began');
  };
  const scanArray = (path: string, depth: number): void => {
    if (takeSign(']')) return;
    let index = 0;
    do {
      scanValue(`${path}[${index}]`, depth + 1);
      index += 1;
    } while (takeSign(','));
    if (!takeSign(']')) fail('a comma, or ] at the end of what [ began');
  };
  const scanValue = (path: string, depth: number): void => {
    take(BLANKS);
    if (depth > MAX_DEPTH) fail('less nesting');
    if (text[at] === '{' || text[at] === '[') {
      const scan = text[at] === '{' ? scanObject : scanArray;
      at += 1;
      scan(path, depth);
    } else if ((take(STRING) ?? take(NUMBER) ?? take(WORD)) === undefined) {
      fail(
        text[at] === '"' ? 'a string that ends with " in its line' : 'a value: { [ "text" a number, true, false, null',
      );
    }
  };

  try {
    scanValue('', 0);
    take(BLANKS);
    if (at < text.length) fail('nothing more');
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    mistakes.push(error.message);
  }
  return mistakes;
}

/** `line 3, column 14`: as editors count. */
function place(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
}
