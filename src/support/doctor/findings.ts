import { isGatewayError } from '../../gateways/errors';
import { CERTIFICATE_REFUSED } from '../../gateways/http';
import { explained } from '../../process/explained';

/** The result of one check of a part of the shop. */
export interface Finding {
  /** `PostgreSQL`, `Panel nl-1`: as the operator knows it. */
  readonly part: string;
  /** `bad`: the shop can't work; `warning`: it can, but somebody should look at this. */
  readonly verdict: 'good' | 'warning' | 'bad';
  /** What was found, in one sentence without a full stop and without secrets. */
  readonly what: string;
  /** What to do about it; not for `good`. */
  readonly next?: string;
}

/** A finding whose part is said by `examine`. */
export type Check = Omit<Finding, 'part'>;

const SIGNS = { good: '✓', warning: '!', bad: '✗' } as const;

/** One line a finding, the advice below it. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ part }) => part.length));
  const lines = findings.map(
    ({ part, verdict, what, next }) =>
      `${SIGNS[verdict]} ${part.padEnd(width)}  ${what}` +
      (next === undefined ? '' : `\n  ${' '.repeat(width)}  → ${next}`),
  );
  const bad = findings.filter(({ verdict }) => verdict === 'bad').length;
  const warnings = findings.filter(({ verdict }) => verdict === 'warning').length;
  return `${lines.join('\n')}\n\n${summary(findings.length, bad, warnings)}.`;
}

function summary(checks: number, bad: number, warnings: number): string {
  if (bad > 0) return `${bad} of ${checks} checks failed`;
  return warnings > 0 ? `Everything answers; ${warnings} to look at` : 'Everything is in order';
}

/**
 * Runs one part's checks; whatever they throw becomes a finding.
 * @param next what to do when it does not answer
 */
export async function examine(part: string, next: string, checks: () => Promise<readonly Check[]>): Promise<Finding[]> {
  try {
    return (await checks()).map((finding) => ({ part, ...finding }));
  } catch (error) {
    const { problem = reasonOf(error), advice = adviceFor(error) ?? next } = explained(error) ?? {};
    return [{ part, verdict: 'bad', what: problem, next: advice }];
  }
}

/** What to do about a failure whose cause is known, whatever part it is of. */
function adviceFor(error: unknown): string | undefined {
  if (!isGatewayError(error)) return undefined;
  if (CERTIFICATE_REFUSED.has(error.code ?? ''))
    return (
      'address and key may be right: renew its certificate, or have one issued for this very name by a known authority; ' +
      'and check the clock of this machine.'
    );
  return error.service === 'hiddify' ? PANEL_ADVICE[error.code ?? ''] : undefined;
}

const PANEL_ADVICE: Readonly<Record<string, string>> = {
  blocked:
    'the key was not looked at: let this machine’s address through the firewall, CDN or proxy in front of the panel.',
  full: 'raise the limits of the shop’s administrator in the panel.',
  version: 'update the panel.',
};

const WITHOUT_SECRETS = ['GatewayError', 'UnreadableRowError'];

/**
 * Messages of gateways and of unreadable rows contain no secrets. Of other errors only the code is shown: their text
 * may quote an address with its password.
 */
function reasonOf(error: unknown): string {
  const { name, code, message } = error as { name?: unknown; code?: unknown; message?: unknown };
  if (typeof name === 'string' && WITHOUT_SECRETS.includes(name) && typeof message === 'string') return message;
  if (typeof code === 'string') return `does not answer (${code})`;
  return `does not answer (${typeof name === 'string' ? name : 'no reason given'})`;
}
