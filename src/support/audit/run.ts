import { setTimeout as pause } from 'node:timers/promises';
import { collectBooks, type AuditSources } from './collect';
import { compareBooks, stillThere, type AuditResult } from './compare';
import type { AuditRules } from './ledger';

export interface AuditOptions extends Omit<AuditRules, 'now'> {
  readonly now: () => Date;
  /** Milliseconds before the second look that confirms differences (5 000). */
  readonly secondLookMs?: number;
}

/**
 * Reads and compares. Differences are looked at a second time: money and access move while the books are being read,
 * and only what is still different then is reported.
 * @throws CannotCompareError
 */
export async function runAudit(
  sources: AuditSources,
  { now, secondLookMs = 5_000, ...rules }: AuditOptions,
): Promise<AuditResult> {
  const look = async () => compareBooks(await collectBooks(sources, rules.since), { ...rules, now: now() });
  const first = await look();
  if (first.differences.length === 0) return first;
  await pause(secondLookMs);
  const second = await look();
  return { ...second, differences: stillThere(first.differences, second.differences) };
}
