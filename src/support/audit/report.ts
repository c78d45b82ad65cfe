import { DAY_MS, utcDay } from '../../domain/duration';
import { moneyText } from '../../domain/money';
import { providerLabel } from '../../providers/labels';
import type { AuditResult } from './compare';
import { DIFFERENCES, type Difference } from './differences';
import { groupBy, type GonePanel } from './ledger';
import type { Totals } from './totals';

/** The audit's result for a terminal, every difference with its ids. */
export function renderAudit(
  { differences, totals, access, counted, gonePanels }: AuditResult,
  span: { readonly since: Date; readonly now: Date },
): string {
  const days = (ms: number) => `${(ms / DAY_MS).toFixed(5)} days`.padStart(18);
  const lines = [
    `Audit of ${utcDay(span.since)} to ${span.now.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `${counted.payments} payments recorded, ${counted.atProviders} at their providers, ` +
      `${counted.subscriptions} subscriptions, ${counted.freeGrants} free grants, ${counted.accounts} accounts on the panels`,
    ...(counted.foreignPayments + counted.foreignAccounts > 0
      ? [`not this shop's, not compared: ${counted.foreignPayments} payments, ${counted.foreignAccounts} accounts`]
      : []),
    ...(counted.notSetUp > 0
      ? [`not compared: ${counted.notSetUp} payments of providers that are not set up here`]
      : []),
    ...voucherLine(counted.vouchers),
    ...gonePanels.map(goneLine),
    '',
    ...totals.flatMap(moneyLines),
    `access given  ${days(access.given)}`,
    `free of it    ${days(access.free)}`,
    `revoked       ${days(access.revoked)}`,
    `idle between  ${days(access.idle)}`,
    `recorded      ${days(access.recorded)}`,
    `unaccounted   ${days(access.unaccounted)}`,
    '',
  ];
  for (const [kind, all] of groupBy(differences, (one) => one.kind)) {
    lines.push(`${kind} (${all.length}): ${DIFFERENCES[kind]}`, ...all.map(renderDifference), '');
  }
  return [...lines, summary(differences.length)].join('\n');
}

/** The money of one provider, in one currency. */
function moneyLines({ provider, currency, ...sums }: Totals): string[] {
  const sum = (minor: number) => moneyText({ currency, minor }).padStart(18);
  return [
    `${providerLabel(provider).en}, ${currency}`,
    `money in      ${sum(sums.in)}`,
    `delivered     ${sum(sums.delivered)}`,
    `refunded      ${sum(sums.refunded)}`,
    `in progress   ${sum(sums.inProgress)}`,
    `unaccounted   ${sum(sums.unaccounted)}`,
    '',
  ];
}

function voucherLine({ issued, claimed, revoked, refunded }: AuditResult['counted']['vouchers']): string[] {
  if (issued + claimed + revoked + refunded === 0) return [];
  return [`vouchers: ${issued} open, ${claimed} claimed, ${revoked} revoked, ${refunded} refunded`];
}

function goneLine({ serverCode, goneAt, abandoned }: GonePanel): string {
  const accounts = abandoned === 0 ? '' : `; ${abandoned} accounts on it are not known to be removed`;
  return `not compared: the panel of ${serverCode}, gone for good since ${utcDay(goneAt)}${accounts}`;
}

function summary(count: number): string {
  if (count === 0) return 'No differences.';
  return `${count} ${count === 1 ? 'difference' : 'differences'}. The whole timeline of one: npm run payment -- show ID`;
}

function renderDifference({ ids, detail }: Difference): string {
  return `  ${Object.entries(ids)
    .map(([name, id]) => `${name} ${id}`)
    .join('  ')}\n    ${detail}`;
}
