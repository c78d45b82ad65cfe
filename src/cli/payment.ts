import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { Pool } from 'pg';
import { createPaymentWorkflows } from '../clients/paymentWorkflows';
import { connectTemporal, type TemporalClient } from '../clients/temporal';
import { readSomeSettings, SettingsError } from '../config/settings';
import { isFinal, isOpen, type Payment } from '../domain/payment';
import { createPaymentsRepository, type PaymentsRepository } from '../storage/postgres/payments';
import { createPool } from '../storage/postgres/pool';
import { createStoryRepository, type StoryRepository } from '../storage/postgres/story';
import { renderBrief, renderStory } from '../support/story/render';
import { tellStory } from '../support/story/story';
import { createWorkflowLooker } from '../support/story/workflow';
import type { OperatorDecision } from '../workflows/contracts/payment';

const USAGE = `Usage:
  npm run payment -- show ID               the whole story; ID: payment, YooKassa's payment or refund, or Telegram user
  npm run payment -- retry ID [--yes]      do the next step now; starts the work again if nothing looks after the payment
  npm run payment -- deliver ID [--yes]    deliver although the money is not what was asked for
  npm run payment -- refund ID [--yes]     give the money back
  npm run payment -- close ID [--yes]      the money was given back by other means: stop asking YooKassa for it
--yes decides without asking, --as NAME names who decides in the audit log. Exit codes: 0 done, 1 not done, 2 wrong words.`;

const WHAT_IT_DOES: Readonly<Record<OperatorDecision, string>> = {
  retry: 'The next step is tried at once.',
  deliver: 'The key is made although the money does not match the order.',
  refund: 'The money goes back and access is taken back. This cannot be undone.',
  close: 'The refund counts as made by other means; YooKassa is not asked again.',
};

/** Where a decision means something; elsewhere the workflow would only be woken. */
const MAKES_SENSE: Readonly<Record<OperatorDecision, (payment: Payment) => boolean>> = {
  retry: ({ status }) => !isFinal(status),
  deliver: ({ status }) => status === 'guarding' || status === 'pending' || status === 'delayed',
  refund: ({ status }) => status === 'guarding' || status === 'pending' || status === 'delayed',
  close: ({ status }) => status === 'refunding',
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

async function findPayments(payments: PaymentsRepository, story: StoryRepository, id: string): Promise<Payment[]> {
  if (/^\d{1,16}$/.test(id)) return payments.ofUser(Number(id), 20);
  if (!UUID.test(id)) return [];
  const own = (await payments.byId(id)) ?? (await payments.byYooKassaId(id));
  if (own) return [own];
  const ofRefund = await story.paymentOfRefund(id);
  const refunded = ofRefund === undefined ? undefined : await payments.byId(ofRefund);
  return refunded ? [refunded] : [];
}

async function main(words: readonly string[]): Promise<number> {
  const yes = words.includes('--yes');
  const as = words.includes('--as') ? words[words.indexOf('--as') + 1] : undefined;
  const [command, id] = words.filter((word, at) => !word.startsWith('--') && words[at - 1] !== '--as');
  if (id === undefined || command === undefined || !['show', ...Object.keys(WHAT_IT_DOES)].includes(command)) {
    console.error(USAGE);
    return 2;
  }
  const settings = readSomeSettings(['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'PAYMENT_POLL_INTERVAL', 'PAYMENT_POLL_TIMEOUT', 'REFUND_AFTER'], process.env);
  const pool = createPool(settings.DATABASE_URL, { max: 8, onError: (error) => console.error(`PostgreSQL: ${error.message}`) });
  const temporal = await connectTemporal({ address: settings.TEMPORAL_ADDRESS, namespace: settings.TEMPORAL_NAMESPACE }).catch(() => undefined);
  try {
    const payments = createPaymentsRepository(pool);
    const found = await findPayments(payments, createStoryRepository(pool), id);
    const payment = found[0];
    if (!payment) {
      console.error(`No payment is known by ${id}. It may be a payment of another program of the same YooKassa shop.`);
      return 1;
    }
    if (command === 'show') return await show(pool, temporal, found);
    if (found.length > 1) {
      console.error(`Buyer ${id} has ${found.length} payments; name one:\n${found.map(renderBrief).join('\n')}`);
      return 1;
    }
    if (!temporal) {
      console.error(`Temporal does not answer at ${settings.TEMPORAL_ADDRESS}; nothing was decided. Start it, or correct TEMPORAL_ADDRESS.`);
      return 1;
    }
    const pace = { pollIntervalMs: settings.PAYMENT_POLL_INTERVAL, pollTimeoutMs: settings.PAYMENT_POLL_TIMEOUT, refundAfterMs: settings.REFUND_AFTER };
    return await decide({ pool, workflows: createPaymentWorkflows(temporal.client, pace), payment, decision: command as OperatorDecision, yes, actor: `operator:${as ?? userInfo().username}` });
  } finally {
    await temporal?.close();
    await pool.end();
  }
}

async function show(pool: Pool, temporal: TemporalClient | undefined, [newest, ...older]: readonly Payment[]): Promise<number> {
  const payment = newest!;
  const rows = await createStoryRepository(pool).of(payment.id);
  const lines = tellStory(await createPaymentsRepository(pool).events(payment.id), rows);
  const workflow = temporal ? await createWorkflowLooker(temporal.client).lookClosely(payment.id).catch(() => 'unknown' as const) : 'unknown';
  console.log(renderStory({ payment, rows, lines, workflow }));
  if (older.length > 0) console.log(`\nThe same buyer's other payments, newest first\n${older.map((one) => `  ${renderBrief(one)}`).join('\n')}`);
  return 0;
}

interface Decision {
  readonly pool: Pool;
  readonly workflows: ReturnType<typeof createPaymentWorkflows>;
  readonly payment: Payment;
  readonly decision: OperatorDecision;
  readonly yes: boolean;
  readonly actor: string;
}

/** Confirmed, written down, then sent. The workflow decides whether it may be done; the record tells what was. */
async function decide({ pool, workflows, payment, decision, yes, actor }: Decision): Promise<number> {
  if (!MAKES_SENSE[decision](payment)) {
    const ended = isFinal(payment.status) ? ' It has ended; money that is to go back all the same is returned in YooKassa’s cabinet.' : '';
    console.error(`Payment ${payment.id} is ${payment.status}; "${decision}" means nothing there.${ended}`);
    return 1;
  }
  const progress = await workflows.progress(payment.id).catch(() => undefined);
  if (decision !== 'retry' && isOpen(payment.status) && !progress?.needsAttention) {
    console.error(`Payment ${payment.id} is ${payment.status}: no money has come, or nothing is wrong with it. "${decision}" means nothing there.`);
    return 1;
  }
  console.log(renderBrief(payment));
  console.log(`${decision}: ${WHAT_IT_DOES[decision]}`);
  if (!yes && !(await confirmed())) {
    console.log('Nothing was decided.');
    return 1;
  }
  const story = createStoryRepository(pool);
  const entry = await story.decided(actor, decision, payment.id, { status: payment.status });
  let outcome: string = await workflows.operatorDecides(payment.id, decision, actor);
  if (outcome === 'not-running') {
    // Its row is unfinished and nobody looks after it: the story is taken up again, and every step finds what was done before.
    // What it is to be told, it must first ask for.
    await workflows.ensureRunning(payment);
    outcome = decision === 'retry' ? 'started-again' : 'started-again-decide-again';
  }
  await story.decisionTaken(entry, outcome);
  console.log(`Sent (${outcome}), written to the audit log as ${actor}. What came of it: npm run payment -- show ${payment.id}`);
  return 0;
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
    console.error(error instanceof SettingsError ? error.message : error);
    process.exitCode = 1;
  },
);
