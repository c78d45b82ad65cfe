import { createInterface } from 'node:readline/promises';
import { createGrantWorkflows } from '../clients/grantWorkflows';
import { createPaymentWorkflows } from '../clients/paymentWorkflows';
import { createRefundWorkflows } from '../clients/refundWorkflows';
import { connectTemporal, temporalTarget, type TemporalClient } from '../clients/temporal';
import { UnusableTemporalError } from '../clients/temporalFailure';
import { readSomeSettings, SettingsError, TEMPORAL_SETTINGS } from '../config/settings';
import { readGrantCase } from '../domain/freeGrant';
import { moneyText } from '../domain/money';
import { isOpen, isUnknownReason, moneyIn, type Payment } from '../domain/payment';
import { requireSchema, UnusableDatabaseError } from '../storage/postgres/migrate';
import { createDecisionsRepository } from '../storage/postgres/decisions';
import { createFreeGrantsRepository } from '../storage/postgres/freeGrants';
import { createPool } from '../storage/postgres/pool';
import { createGrantSupport, type GrantSupport } from '../support/grantSupport';
import type { NotApplicable } from '../support/operatorDecisions';
import { createSupportService, type SupportService } from '../support/supportService';
import { providerLabel } from '../providers/labels';
import { renderBrief } from '../support/timeline/render';
import type { OperatorDecision } from '../workflows/contracts/payment';
import { carryOutGrant } from './grantDecision';
import {
  parsePaymentArguments,
  USAGE,
  WHAT_IT_DOES,
  WHAT_IT_DOES_UNKNOWN,
  type PaymentArguments,
} from './paymentArguments';
import { refundWords, whyNotRefundable } from './refundWords';
import { runCommand } from './runCommand';

const WHY_NOT: Readonly<Record<NotApplicable, string>> = {
  finished: 'it has ended.',
  'wrong-state': 'it is not in a state where that could be done.',
  'nothing-wrong': 'no money has come, or nothing is wrong with it.',
  'temporal-away': 'Temporal does not answer. Start it, or correct TEMPORAL_ADDRESS.',
};

async function main(words: readonly string[]): Promise<number> {
  const given = parsePaymentArguments(words);
  if (!given) {
    console.error(USAGE);
    return 2;
  }
  const settings = readSomeSettings(
    ['DATABASE_URL', ...TEMPORAL_SETTINGS, 'PAYMENT_POLL_INTERVAL', 'PAYMENT_POLL_TIMEOUT', 'REFUND_AFTER'],
    process.env,
  );
  const pool = createPool(settings.DATABASE_URL, {
    max: 8,
    onError: (error) => console.error(`PostgreSQL: ${error.message}`),
  });
  let temporal: TemporalClient | undefined;
  try {
    await requireSchema(pool);
    temporal = await connectTemporal(temporalTarget(settings)).catch((error: unknown) => {
      if (error instanceof UnusableTemporalError) console.error(error.message);
      return undefined;
    });
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
    const grants = createGrantSupport({
      freeGrants: createFreeGrantsRepository(pool),
      decisions: createDecisionsRepository(pool),
      grantWorkflows: temporal && createGrantWorkflows(temporal.client),
    });
    return await carryOut(support, grants, given);
  } finally {
    await temporal?.close();
    await pool.end();
  }
}

async function carryOut(support: SupportService, grants: GrantSupport, given: PaymentArguments): Promise<number> {
  const { command, id = '' } = given;
  if (command === 'unexplained') return unexplained(support);
  if (command === 'resolve') return resolve(support, id, given);
  const grant = readGrantCase(id);
  if (grant) return carryOutGrant(grants, grant, given, confirmed);
  const [newest, ...older] = await support.find(id);
  if (!newest) {
    const given = command === 'show' ? await support.given(id, 'en') : '';
    if (given !== '') {
      console.log(`${id} has bought nothing.\n\n${given}`);
      return 0;
    }
    console.error(`No payment is known by ${id}. It may be a payment of another program that uses the same account.`);
    return 1;
  }
  const isOneBuyer = older.every(({ userId }) => userId === newest.userId) && id.includes(String(newest.userId));
  if (command === 'show' && (older.length === 0 || isOneBuyer)) {
    console.log(await support.timeline(newest, 'en'));
    if (older.length > 0)
      console.log(
        `\nThe same buyer's other payments, newest first\n${older.map((one) => `  ${renderBrief(one)}`).join('\n')}`,
      );
    return 0;
  }
  if (older.length > 0) {
    const who = isOneBuyer ? `Buyer ${id} has` : `${id} fits`;
    console.error(
      `${who} ${older.length + 1} payments; name one by its whole id:\n${[newest, ...older].map(renderBrief).join('\n')}`,
    );
    return 1;
  }
  return decide(support, newest, { ...given, decision: command as OperatorDecision });
}

/** Asks for confirmation, then sends the decision. The workflow decides whether it may be done. */
async function decide(
  support: SupportService,
  payment: Payment,
  { decision, yes, actor, kopecks }: PaymentArguments & { readonly decision: OperatorDecision },
): Promise<number> {
  const refuse = (why: NotApplicable): number => {
    console.error(`Payment ${payment.id} is ${payment.status}; "${decision}" does not apply: ${WHY_NOT[why]}`);
    return 1;
  };
  const why = await support.whyNot(payment, decision);
  if (why !== undefined) return refuse(why);
  if (kopecks !== null && payment.status !== 'issued') {
    console.error(`Payment ${payment.id} is ${payment.status}; a part can be refunded only of what is delivered.`);
    return 1;
  }
  console.log(renderBrief(payment));
  if (decision === 'refund' && payment.status === 'issued') {
    const preview = await support.previewRefund(payment, kopecks);
    if (preview.outcome === 'refused') {
      console.error(`Payment ${payment.id} can't be refunded like this: ${whyNotRefundable(preview)}`);
      return 1;
    }
    console.log(`What it does: ${refundWords(preview)}.`);
  }
  const isUnknown = isOpen(payment.status) && isUnknownReason(payment.reason);
  const means = (isUnknown ? WHAT_IT_DOES_UNKNOWN[decision] : undefined) ?? WHAT_IT_DOES[decision];
  console.log(`${decision}${kopecks === null ? '' : ` ${moneyText(moneyIn(payment, kopecks))}`}: ${means}`);
  if (!yes && !(await confirmed())) {
    console.log('Nothing was decided.');
    return 1;
  }
  const decided = await support.decide(payment, { decision, actor, kopecks });
  if (decided.outcome === 'not-applicable') return refuse(decided.why);
  if (decided.outcome === 'unanswered') {
    console.error(
      `No answer (${decided.because}), so it is not known whether "${decision}" has arrived. Give the same command ` +
        'again: it stays one decision, and one refund.',
    );
    return 1;
  }
  if (decided.repeated) console.log('It is the same refund as before, of which no answer had come.');
  console.log(
    `Sent (${decided.how}), written to the audit log as ${actor}. The outcome: npm run payment -- show ${payment.id}`,
  );
  return 0;
}

async function unexplained(support: SupportService): Promise<number> {
  const open = await support.openAnomalies();
  for (const { kind, provider, providerRef, paymentId, amount, foundAt } of open) {
    const sum = amount === null ? 'unreadable' : moneyText(amount);
    const payment = paymentId === null ? '' : `  payment ${paymentId}`;
    const found = foundAt.toISOString().slice(0, 16);
    console.log(`${found}  ${kind.padEnd(16)} ${sum}  ${providerLabel(provider).en} ${providerRef}${payment}`);
  }
  console.log(
    open.length === 0
      ? 'Everything is explained.'
      : `${open.length} to be resolved in the provider's cabinet; then: npm run payment -- resolve ID`,
  );
  return 0;
}

async function resolve(
  support: SupportService,
  providerRef: string,
  { yes, actor }: PaymentArguments,
): Promise<number> {
  console.log(`The sum of ${providerRef} is explained; the owner is not told of it again.`);
  if (!yes && !(await confirmed())) return 1;
  const providers = await support.resolveAnomaly(providerRef, actor);
  if (providers.length === 1) return 0;
  if (providers.length > 1) {
    const names = providers.map((provider) => `${provider}:${providerRef}`).join(' or ');
    console.error(`Several providers have a sum by this id; nothing is resolved. Name one: ${names}`);
    return 1;
  }
  console.error(`No unexplained sum is known by ${providerRef}; npm run payment -- unexplained`);
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

runCommand(main, { expected: [SettingsError, UnusableDatabaseError, UnusableTemporalError] });
