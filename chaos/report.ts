/** The table at the end of a run. */
import type { AuditRun } from './ledgers/auditTool';
import type { Judgement } from './ledgers/external';
import type { GiftJudgement } from './ledgers/gifts';
import type { Unfinished } from './ledgers/idle';
import type { PromoJudgement } from './ledgers/promos';
import type { VoucherJudgement } from './ledgers/vouchers';
import type { FaultInjector } from './faults/injector';

export interface Outcome {
  readonly seed: string;
  readonly shop: string;
  readonly temporal: string;
  readonly buyers: number;
  readonly gaveUp: number;
  readonly runMs: number;
  readonly idleAfterMs: number;
  readonly injector: Pick<FaultInjector, 'faults' | 'kills' | 'atSteps'>;
  readonly judgement: Judgement;
  readonly left: Unfinished;
  /** The same one by one. */
  readonly stuckLines: readonly string[];
  /** The audit while orders were open; absent for a shop without one. It may find differences, but must not fail. */
  readonly auditMidway?: AuditRun;
  /** Absent for a shop that has none. */
  readonly audit: AuditRun | undefined;
  /** Orders whose place, plan or price differ from the confirmation that the buyer pressed. */
  readonly otherThanConfirmed: readonly string[];
  readonly promos: PromoJudgement;
  readonly vouchers: VoucherJudgement;
  readonly gifts: GiftJudgement;
  /** Paid and delivered, but no key in the chat of somebody who can be written to. */
  readonly untold: readonly string[];
}

export const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((total, count) => total + count, 0);
const roubles = (kopecks: number): string => `${(kopecks / 100).toFixed(2)} RUB`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(0)} s`;

function stuckOf({ left }: Pick<Outcome, 'left'>): number {
  return Object.values(left).reduce((total, count) => total + count, 0);
}

const oversoldOf = ({ promos, vouchers, gifts }: Outcome): string[] => [
  ...promos.oversold,
  ...vouchers.oversold,
  ...gifts.oversold,
];
const burntOf = ({ promos, vouchers, gifts }: Outcome): string[] => [
  ...promos.burnt,
  ...vouchers.burnt,
  ...gifts.burnt,
];
const lostFreeOf = ({ judgement, gifts }: Outcome): string[] => [...judgement.lostFree, ...gifts.lost];

export function isClean(outcome: Outcome): boolean {
  const { judgement, audit, auditMidway, untold } = outcome;
  return (
    judgement.lost.length === 0 &&
    judgement.doubled.length === 0 &&
    lostFreeOf(outcome).length === 0 &&
    judgement.doubledFree.length === 0 &&
    judgement.unpaid.length === 0 &&
    judgement.open === 0 &&
    stuckOf(outcome) === 0 &&
    untold.length === 0 &&
    oversoldOf(outcome).length === 0 &&
    burntOf(outcome).length === 0 &&
    auditMidway?.code !== 2 &&
    outcome.otherThanConfirmed.length === 0 &&
    audit?.code === 0
  );
}

const couldCompare = ({ code, output }: AuditRun): string =>
  code === 2 ? `could not compare: ${output.trim()}` : 'compared';

export function renderOutcome(outcome: Outcome): string {
  const { judgement, injector, audit, auditMidway, gifts } = outcome;
  const fates = [...gifts.fates].map(([fate, { lived, planned }]) => `${fate} ${lived} of ${planned}`);
  const listed = (counts: ReadonlyMap<string, number>) =>
    [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const rows: [string, string | number][] = [
    ['shop', outcome.shop],
    ['seed', outcome.seed],
    ['Temporal', outcome.temporal],
    ['buyers', outcome.buyers],
    ['purchases (orders at YooKassa)', judgement.orders],
    ['of them paid', `${judgement.paid}, ${roubles(judgement.inKopecks)}`],
    ['of them refunded', `${judgement.refunded}, ${roubles(judgement.refundedKopecks)}`],
    ['buyers who got no link and gave up, unpaid', outcome.gaveUp],
    ['faults injected', sum(injector.faults)],
    ['processes killed', `${sum(injector.kills)} (${listed(injector.kills)})`],
    ['of them at a named step', sum(injector.atSteps)],
    ['duration of buying and breaking', seconds(outcome.runMs)],
    [
      'last fault until everything was idle',
      Number.isNaN(outcome.idleAfterMs) ? 'never' : seconds(outcome.idleAfterMs),
    ],
    ['**lost**', judgement.lost.length === 0 ? 0 : `${judgement.lost.length}, ${roubles(judgement.lostKopecks)}`],
    ['**doubled**', judgement.doubled.length],
    ['**lost or doubled free access**', `${lostFreeOf(outcome).length} + ${judgement.doubledFree.length}`],
    ['**free of charge by mistake**', judgement.unpaid.length],
    ['**stuck**', stuckOf(outcome) + judgement.open],
    ['**other than confirmed**', outcome.otherThanConfirmed.length],
    ['promo codes: uses paid for', outcome.promos.paid],
    ['vouchers claimed', outcome.vouchers.claimed],
    [
      'gifts paid',
      `${gifts.paid}: ${gifts.claimed} claimed, ${gifts.refunded} refunded, ${gifts.waiting} wait for somebody`,
    ],
    ['**oversold**', oversoldOf(outcome).length],
    ['**burnt**', burntOf(outcome).length],
    ['paid, delivered and not told', outcome.untold.length],
    ['audit while orders were open', auditMidway === undefined ? 'none' : couldCompare(auditMidway)],
    ['audit', audit === undefined ? 'none' : audit.code === 0 ? 'no differences' : `exit code ${audit.code}`],
  ];
  const wrong = [
    ...judgement.lost.map((one) => `lost: ${one}`),
    ...judgement.doubled.map((one) => `doubled: ${one}`),
    ...lostFreeOf(outcome).map((one) => `lost free access: ${one}`),
    ...judgement.doubledFree.map((one) => `doubled free access: ${one}`),
    ...judgement.unpaid.map((one) => `free of charge by mistake: ${one}`),
    ...outcome.otherThanConfirmed.map((one) => `other than confirmed: ${one}`),
    ...outcome.untold.map((one) => `not told: ${one}`),
    ...outcome.stuckLines.map((one) => `stuck: ${one}`),
    ...oversoldOf(outcome).map((one) => `oversold: ${one}`),
    ...burntOf(outcome).map((one) => `burnt: ${one}`),
  ];
  const stuck = Object.entries(outcome.left).filter(([, count]) => count !== 0);
  return [
    '| | |',
    '|---|---|',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    `Faults: ${listed(injector.faults)}.`,
    ...(injector.atSteps.size === 0 ? [] : [`At steps: ${listed(injector.atSteps)}.`]),
    ...(fates.length === 0 ? [] : [`Gifts that met their fate: ${fates.toSorted().join(', ')}.`]),
    ...(stuck.length === 0
      ? []
      : [`Still on their way: ${stuck.map(([name, count]) => `${count} ${name}`).join(', ')}.`]),
    ...wrong.slice(0, 50),
    ...(audit === undefined
      ? []
      : [
          '',
          'The audit:',
          ...audit.output
            .trim()
            .split('\n')
            .map((line) => `    ${line}`.trimEnd()),
        ]),
  ].join('\n');
}
