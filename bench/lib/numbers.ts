/** Figures and tables, the same way in every bench. */

/** The value below which `share` of the values lie; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** `12 / 340 / 512`: p50, p99 and the greatest, in whole milliseconds. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return '-';
  return [quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)]
    .map((value) => Math.round(value))
    .join(' / ');
}

/** A Markdown table; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const numeric = head.map((_, column) =>
    rows.every((row) => typeof row[column] === 'number' || /^[\d.,/ x%-]+$/.test(String(row[column]))),
  );
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${numeric.map((right) => (right ? '---:' : '---')).join('|')}|`, ...rows.map(line)].join('\n');
}

/** `--name 5` on the command line, else `byDefault`. @throws Error when it is no number above zero */
export function numberOption(name: string, byDefault: number): number {
  const at = process.argv.indexOf(`--${name}`);
  if (at < 0) return byDefault;
  const value = Number(process.argv[at + 1]);
  if (!(value > 0)) throw new Error(`--${name} takes a number above zero`);
  return value;
}

/** `--name word` on the command line, else `byDefault`. */
export function wordOption(name: string, byDefault: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? byDefault : (process.argv[at + 1] ?? byDefault);
}
