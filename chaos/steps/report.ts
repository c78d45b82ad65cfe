/** The report of a run of kills at every step. */
import { DAYS_BY_PRICE, type Ledgers } from '../ledgers/external';
import type { Case } from './cases';
import type { StepsOutcome } from './run';
import { FLOWS, STEPS, type FlowName, type Step } from './steps';

export interface StepRow extends Pick<Case, 'flow' | 'step' | 'moment' | 'killed'> {
  /** What each of its buyers ends with, in all ledgers. */
  readonly ends: readonly string[];
}

/** @param ids of the people of one case @returns what they end with, in all ledgers */
export function endOf(
  ids: readonly number[],
  records: readonly { user_id: number; status: string; provider_ref: string }[],
  { payments, accounts }: Ledgers,
  keys: number,
): string {
  const own = records.filter(({ user_id }) => ids.includes(user_id));
  // In the order of the records, so that two cases are compared alike.
  const charges = own.flatMap(({ provider_ref }) => payments.filter(({ id }) => id === provider_ref));
  const money = charges.map(
    ({ status, kopecks, refundedKopecks }) =>
      `${status} ${kopecks / 100} RUB${refundedKopecks > 0 ? `, ${refundedKopecks / 100} returned` : ''}`,
  );
  const bought = charges
    .filter(({ refundedKopecks }) => refundedKopecks === 0)
    .reduce((sum, { kopecks }) => sum + (DAYS_BY_PRICE.get(kopecks) ?? 0), 0);
  // By the hour of the day a panel is told the days bought or one more (`src/gateways/hiddify/state.ts`): here the same.
  const access = accounts
    .filter(({ buyerId }) => ids.includes(buyerId))
    .map(({ days }) => `${days - bought === 1 ? bought : days} days`);
  return `database: ${own.map(({ status }) => status).join(' + ')}; YooKassa: ${money.join(' + ')}; panels: ${access.join(' + ') || 'nothing'}; chat: ${keys} ${keys === 1 ? 'key' : 'keys'}`;
}

/** The different outcomes among the buyers of a flow, each described in words. */
export function endsOf(flow: FlowName, rows: readonly StepRow[]): string[] {
  return [...new Set(rows.filter((row) => row.flow === flow).flatMap(({ ends }) => ends))];
}

export function renderSteps({ rows, temporal, kills, tookMs, problems, audit }: StepsOutcome): string {
  const ends = FLOWS.map(
    (flow) =>
      `${flow}, killed at ${rows.filter((row) => row.flow === flow).length} moments: ${endsOf(flow, rows).join(' | ')}`,
  );
  const again = rows.filter((row) => row.ends.length > 1 && row.killed.length > 0).length;
  const mark = (step: Step, flow: FlowName) =>
    (['before', 'after'] as const)
      .map((moment) => rows.find((row) => row.step === step && row.flow === flow && row.moment === moment))
      .map((row) => (row === undefined ? '' : row.killed.length > 0 ? row.moment : `NOT ${row.moment}`))
      .filter(Boolean)
      .join(', ');
  return [
    `Temporal: ${temporal}. ${kills} processes killed at ${rows.length} moments${again > 0 ? ` (${again} of them with another buyer than the first)` : ''}, ${Math.round(tookMs / 1000)} s.`,
    '',
    `| step | process | ${FLOWS.join(' | ')} |`,
    `|---|---|${FLOWS.map(() => '---|').join('')}`,
    ...STEPS.map((step) => `| ${step.name} | ${step.by} | ${FLOWS.map((flow) => mark(step, flow)).join(' | ')} |`),
    '',
    ...ends,
    ...problems.map((problem) => `PROBLEM: ${problem}`),
    '',
    'The audit:',
    ...audit.output
      .trim()
      .split('\n')
      .map((line) => `    ${line}`.trimEnd()),
  ].join('\n');
}
