/** Names that are almost those of settings. */

/** Changes of one letter that make one text of the other; two neighbours that changed places count as one. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, beforeLast[j - 2]! + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** In a short name two letters make another word: BOT_NAME is not BOT_MODE. */
const LONG_NAME = 12;

/**
 * The variable that was probably meant to be a setting: `BUYER_REFUND_WITIN` for `BUYER_REFUND_WITHIN`.
 * @param name of a setting that is not set
 * @param candidates names that are set and are no settings
 */
export function misspeltAs(name: string, candidates: readonly string[]): string | undefined {
  const most = name.length >= LONG_NAME ? 2 : 1;
  return candidates.find(
    (candidate) => Math.abs(candidate.length - name.length) <= most && distance(candidate.toUpperCase(), name) <= most,
  );
}
