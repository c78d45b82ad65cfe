/**
 * Something the person at the terminal has to know: what happened, and what to do next.
 * It is printed as two sentences, without a stack.
 */
export class Problem extends Error {
  /**
   * @param {string} what what happened, in one sentence
   * @param {string} [next] what to do now
   */
  constructor(what, next) {
    super(what);
    this.name = 'Problem';
    this.next = next;
  }
}

/**
 * @param {unknown} error
 * @returns {string} text for the terminal; with the stack for everything but a `Problem`
 */
export function describe(error) {
  if (error instanceof Problem) return error.next ? `${error.message}\n  What to do: ${error.next}` : error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
