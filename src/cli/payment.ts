import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { createPaymentWorkflows } from '../clients/paymentWorkflows';
import { createRefundWorkflows } from '../clients/refundWorkflows';
import { connectTemporal, type TemporalClient } from '../clients/temporal';
import { readSomeSettings, SettingsError } from '../config/settings';
import type { Payment } from '../domain/payment';
import { requireSchema, UnusableDatabaseError } from '../storage/postgres/migrate';
import { createPool } from '../storage/postgres/pool';
import { createSupportService, type NotApplicable, type SupportService } from '../support/supportService';
import { renderBrief } from '../support/timeline/render';
import type { OperatorDecision } from '../workflows/contracts/payment';

const USAGE = `Usage:
  npm run payment -- show ID               the whole timeline; ID: payment, YooKassa's payment or refund, or Telegram user
  npm run payment -- retry ID [--yes]      do the next step now; starts the work again if nothing looks after the payment
  npm run payment -- deliver ID [--yes]    deliver although the money is not what was asked for
  npm run payment -- refund ID [--amount 99.50] [--yes]
                                           give the money back; after the delivery a part of it shortens the access by its share
  npm run payment -- close ID [--yes]      the money was given back by other means: stop asking YooKassa for it
  npm run payment -- unexplained           sums of YooKassa's that the record cannot explain
  npm run payment -- resolve ID [--yes]    one of those is explained now; ID: YooKassa's
--yes decides without asking, --as NAME names who decides in the audit log. Exit codes: 0 done, 1 not done, 2 wrong words.`;

const WHAT_IT_DOES: Readonly<Record<OperatorDecision, string>> = {
  retry: 'The next step is tried at once.',
  deliver: 'The key is made although the money does not match the order.',
  refund: 'The money goes back and the access is revoked. This cannot be undone.',
  close: 'The refund counts as made by other means; YooKassa is not asked again.',
};

const WHY_NOT: Readonly<Record<NotApplicable, string>> = {
  finished: 'it has ended.',
  'wrong-state': 'it is not in a state where that could be done.',
  'nothing-wrong': 'no money has come, or nothing is wrong with it.',
  'temporal-away': 'Temporal does not answer. Start it, or correct TEMPORAL_ADDRESS.',
};

const DECISIONS = Object.keys(WHAT_IT_DOES);

interface Arguments {
  readonly command: string;
  readonly id: string | undefined;
  readonly yes: boolean;
  readonly actor: string;
  /** `null`: everything. */
  readonly kopecks: number | null;
}

function parseArguments(words: readonly string[]): Arguments | undefined {
  const plain: string[] = [];
  const options: Record<string, string> = {};
  let yes = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (word === '--yes') yes = true;
    else if (word === '--as' || word === '--amount') options[word] = words[(at += 1)] ?? '';
    else if (word.startsWith('--')) return undefined;
    else plain.push(word);
  }
  const [command, id, ...rest] = plain;
  const amount = options['--amount'];
  const roubles = amount === undefined ? undefined : /^(\d{1,6})(?:\.(\d{2}))?$/.exec(amount);
  const known =
    command !== undefined &&
    (command === 'unexplained'
      ? id === undefined
      : id !== undefined && ['show', 'resolve', ...DECISIONS].includes(command));
  if (!known || rest.length > 0 || roubles === null || (roubles && command !== 'refund')) return undefined;
  return {
    command,
    id,
    yes,
    actor: `operator:${options['--as'] || userInfo().username}`,
    kopecks: roubles ? Number(roubles[1]) * 100 + Number(roubles[2] ?? 0) : null,
  };
}

async function main(words: readonly string[]): Promise<number> {
  const given = parseArguments(words);
  if (!given) {
    console.error(USAGE);
    return 2;
  }
  const settings = readSomeSettings(
    [
      'DATABASE_URL',
      'TEMPORAL_ADDRESS',
      'TEMPORAL_NAMESPACE',
      'PAYMENT_POLL_INTERVAL',
      'PAYMENT_POLL_TIMEOUT',
      'REFUND_AFTER',
    ],
    process.env,
  );
  const pool = createPool(settings.DATABASE_URL, {
    max: 8,
    onError: (error) => console.error(`PostgreSQL: ${error.message}`),
  });
  let temporal: TemporalClient | undefined;
  try {
    await requireSchema(pool);
    temporal = await connectTemporal({
      address: settings.TEMPORAL_ADDRESS,
      namespace: settings.TEMPORAL_NAMESPACE,
    }).catch(() => undefined);
    const pace = {
      pollIntervalMs: settings.PAYMENT_POLL_INTERVAL,
      pollTimeoutMs: settings.PAYMENT_POLL_TIMEOUT,
      refundAfterMs: settings.REFUND_AFTER,
    };
    const support = createSupportService({
      pool,
      temporal: temporal?.client,
      paymentWorkflows: temporal && createPaymentWorkflows(temporal.client, pace),
      refundWorkflows: temporal && createRefundWorkflows(temporal.client),
    });
    return await carryOut(support, given);
  } finally {
    await temporal?.close();
    await pool.end();
  }
}

async function carryOut(support: SupportService, given: Arguments): Promise<number> {
  const { command, id = '' } = given;
  if (command === 'unexplained') return unexplained(support);
  if (command === 'resolve') return resolve(support, id, given);
  const [newest, ...older] = await support.find(id);
  if (!newest) {
    console.error(`No payment is known by ${id}. It may be a payment of another program of the same YooKassa shop.`);
    return 1;
  }
  if (command === 'show') {
    console.log(await support.timeline(newest, 'en'));
    if (older.length > 0)
      console.log(
        `\nThe same buyer's other payments, newest first\n${older.map((one) => `  ${renderBrief(one)}`).join('\n')}`,
      );
    return 0;
  }
  if (older.length > 0) {
    console.error(
      `Buyer ${id} has ${older.length + 1} payments; name one:\n${[newest, ...older].map(renderBrief).join('\n')}`,
    );
    return 1;
  }
  return decide(support, newest, { ...given, decision: command as OperatorDecision });
}

/** Confirmed, written down, then sent. The workflow decides whether it may be done; the record tells what was. */
async function decide(
  support: SupportService,
  payment: Payment,
  { decision, yes, actor, kopecks }: Arguments & { readonly decision: OperatorDecision },
): Promise<number> {
  const refuse = (why: NotApplicable): number => {
    console.error(`Payment ${payment.id} is ${payment.status}; "${decision}" means nothing there: ${WHY_NOT[why]}`);
    return 1;
  };
  const why = await support.whyNot(payment, decision);
  if (why !== undefined) return refuse(why);
  if (kopecks !== null && payment.status !== 'issued') {
    console.error(`Payment ${payment.id} is ${payment.status}; a part can be refunded only of what is delivered.`);
    return 1;
  }
  console.log(renderBrief(payment));
  console.log(`${decision}${kopecks === null ? '' : ` ${(kopecks / 100).toFixed(2)} RUB`}: ${WHAT_IT_DOES[decision]}`);
  if (!yes && !(await confirmed())) {
    console.log('Nothing was decided.');
    return 1;
  }
  const decided = await support.decide(payment, { decision, actor, kopecks });
  if (decided.outcome === 'not-applicable') return refuse(decided.why);
  console.log(
    `Sent (${decided.how}), written to the audit log as ${actor}. What came of it: npm run payment -- show ${payment.id}`,
  );
  return 0;
}

async function unexplained(support: SupportService): Promise<number> {
  const open = await support.openAnomalies();
  for (const { kind, yookassaId, paymentId, kopecks, foundAt } of open) {
    console.log(
      `${foundAt.toISOString().slice(0, 16)}  ${kind.padEnd(16)} ${kopecks === null ? 'a foreign currency' : `${(kopecks / 100).toFixed(2)} RUB`}  YooKassa ${yookassaId}${paymentId === null ? '' : `  payment ${paymentId}`}`,
    );
  }
  console.log(
    open.length === 0
      ? 'Everything is explained.'
      : `${open.length} to be settled in YooKassa's cabinet; then: npm run payment -- resolve ID`,
  );
  return 0;
}

async function resolve(support: SupportService, yookassaId: string, { yes, actor }: Arguments): Promise<number> {
  console.log(`The sum of YooKassa's ${yookassaId} is explained; the owner is not told of it again.`);
  if (!yes && !(await confirmed())) return 1;
  if (await support.resolveAnomaly(yookassaId, actor)) return 0;
  console.error(`No unexplained sum is known by ${yookassaId}; npm run payment -- unexplained`);
  return 1;
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.error('Nobody is there to confirm; add --yes.');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question('Type "yes" to go on: ')).trim().toLowerCase() === 'yes';
  } finally {
    terminal.close();
  }
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const expected = [SettingsError, UnusableDatabaseError];
    console.error(expected.some((type) => error instanceof type) ? (error as Error).message : error);
    process.exitCode = 1;
  },
);
