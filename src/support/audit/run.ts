import { setTimeout as pause } from 'node:timers/promises';
import { collectBooks, type AuditSources } from './collect';
import { compareBooks, stillThere, type AuditResult } from './compare';
import type { AuditRules } from './ledger';

export interface AuditOptions extends Omit<AuditRules, 'now'> {
  readonly now: () => Date;
  /** Milliseconds before everything is read a second time (5 000). */
  readonly secondLookMs?: number;
}

/**
 * Reads and compares. When there are differences it does so a second time and reports those that are still there:
 * payments and subscriptions change while they are read.
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
