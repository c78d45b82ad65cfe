/** What the doctor says of one part of the shop. */
export interface Finding {
  /** `PostgreSQL`, `Panel nl-1`: as the operator knows it. */
  readonly part: string;
  /** `bad`: the shop can't do its work; `warning`: it can, but somebody should look. */
  readonly verdict: 'good' | 'warning' | 'bad';
  /** What was found, in one sentence without a full stop and without secrets. */
  readonly what: string;
  /** What to do about it; not for `good`. */
  readonly next?: string;
}

const SIGNS = { good: '✓', warning: '!', bad: '✗' } as const;

/** One line a finding, the advice below it. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ part }) => part.length));
  const lines = findings.map(
    ({ part, verdict, what, next }) =>
      `${SIGNS[verdict]} ${part.padEnd(width)}  ${what}${next === undefined ? '' : `\n  ${' '.repeat(width)}  → ${next}`}`,
  );
  const bad = findings.filter(({ verdict }) => verdict === 'bad').length;
  const warnings = findings.filter(({ verdict }) => verdict === 'warning').length;
  const sum =
    bad > 0
      ? `${bad} of ${findings.length} checks failed`
      : warnings > 0
        ? `Everything answers; ${warnings} to look at`
        : 'Everything is in order';
  return `${lines.join('\n')}\n\n${sum}.`;
}

/**
 * Runs one part's checks; whatever they throw becomes a finding.
 * @param next what to do when it does not answer
 */
export async function examine(
  part: string,
  next: string,
  checks: () => Promise<readonly Omit<Finding, 'part'>[]>,
): Promise<Finding[]> {
  try {
    return (await checks()).map((finding) => ({ part, ...finding }));
  } catch (error) {
    return [{ part, verdict: 'bad', what: reasonOf(error), next }];
  }
}

/**
 * Gateways word their errors without secrets; of everybody else's only the code is shown, the text may quote an address
 * with its password.
 */
function reasonOf(error: unknown): string {
  const { name, code, message } = error as { name?: unknown; code?: unknown; message?: unknown };
  if (name === 'GatewayError' && typeof message === 'string') return message;
  if (typeof code === 'string') return `does not answer (${code})`;
  return `does not answer (${typeof name === 'string' ? name : 'no reason given'})`;
}
