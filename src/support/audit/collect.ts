import { DAY_MS } from '../../domain/duration';
import type { PaymentWorkflowState } from '../timeline/workflow';
import { isFinal } from '../../domain/payment';
import { isGatewayError } from '../../gateways/errors';
import { isRunningStatus } from '../../clients/describeWorkflow';
import type { HiddifyPanel } from '../../gateways/hiddify';
import type { PaymentProvider } from '../../providers/port';
import type { AuditRepository } from '../../storage/postgres/audit';
import type { PanelAccess } from '../../storage/postgres/catalogue';
import {
  groupBy,
  type Books,
  type LedgerPayment,
  type LedgerProvider,
  type PanelBook,
  type DatabaseBook,
} from './ledger';

export type AuditedProvider = Pick<PaymentProvider, 'id' | 'label' | 'account' | 'can' | 'bookSince'>;

export interface AuditSources {
  /** Those that are set up. */
  readonly providers: readonly AuditedProvider[];
  /** Runs `read` in one transaction, on one state of the database. */
  readonly database: <T>(read: (repository: AuditRepository) => Promise<T>) => Promise<T>;
  readonly panelOf: (access: PanelAccess) => Pick<HiddifyPanel, 'readAccounts'>;
  /** The state of a payment's workflow; absent when Temporal is not to be asked. */
  readonly workflows?: { readonly describe: (paymentId: string) => Promise<PaymentWorkflowState | undefined> };
}

/** Something could not be read, so the audit has no result. */
export class CannotCompareError extends Error {
  override readonly name = 'CannotCompareError';
  constructor(
    readonly what: string,
    cause: unknown,
  ) {
    super(`${what} could not be read: ${wordsOf(cause)}`, { cause });
  }
}

/** Rows are made before the providers' objects, and the two clocks may differ. */
const BEFORE_MS = DAY_MS;
/** Workflows asked at once. */
const AT_ONCE = 20;

/**
 * Reads the providers, PostgreSQL and the panels. Providers first: what happens meanwhile is then missing in their data, never
 * in the database's.
 * @throws CannotCompareError naming what did not answer
 */
export async function collectBooks(sources: AuditSources, since: Date): Promise<Books> {
  const providers = await Promise.all(sources.providers.map((one) => readProvider(one, since)));
  const before = await reading('PostgreSQL', () => sources.database(readDatabase(since)));
  const panels = await readPanels(sources, before.panels, before.database);
  // Accounts without a subscription of the audited span may belong to an older one.
  const known = new Set(before.database.subscriptions.map(({ panelUserId }) => panelUserId));
  const strangers = panels.flatMap(({ accounts }) =>
    accounts.filter(({ uuid }) => !known.has(uuid)).map(({ uuid }) => uuid),
  );
  const older =
    strangers.length === 0
      ? []
      : await reading('PostgreSQL', () =>
          sources.database((repository) => repository.subscriptionsByAccount(strangers)),
        );
  const database = {
    ...before.database,
    subscriptions: [
      ...before.database.subscriptions,
      ...older.filter(({ status }) => status === 'revoked' || status === 'expired'),
    ],
  };
  return {
    database,
    providers,
    panels,
    runningWorkflows: await reading('Temporal', () => runningWorkflowsOf(sources, database.payments)),
  };
}

function readProvider(provider: AuditedProvider, since: Date): Promise<LedgerProvider> {
  const { id, label, account, can } = provider;
  return reading(label.en, async () => ({
    provider: id,
    account,
    currency: can.currency,
    ...(await provider.bookSince(new Date(since.getTime() - BEFORE_MS))),
  }));
}

function readDatabase(
  since: Date,
): (repository: AuditRepository) => Promise<{ database: DatabaseBook; panels: PanelAccess[] }> {
  return async (repository) => {
    const subscriptions = await repository.subscriptions(since);
    return {
      database: {
        payments: await repository.payments(since),
        refunds: await repository.refunds(since),
        subscriptions,
        entries: await repository.entries(subscriptions.map(({ id }) => id)),
        promoUses: await repository.promoUses(since),
        promos: await repository.promos(),
        freeUses: await repository.freeUses(),
        freeGrants: await repository.freeGrants(subscriptions.map(({ id }) => id)),
        vouchers: await repository.vouchers(since),
        rewards: await repository.rewards(since),
        gifts: await repository.gifts(since),
        voucherCounts: await repository.voucherCounts(),
        openRevocations: await repository.openRevocations(),
        gonePanels: await repository.gonePanels(),
        installationId: await repository.installationId(),
      },
      panels: await repository.panels(),
    };
  };
}

async function readPanels(
  { panelOf }: AuditSources,
  panels: readonly PanelAccess[],
  database: DatabaseBook,
): Promise<PanelBook[]> {
  const books: Promise<PanelBook>[] = [];
  for (const servers of groupBy(panels, ({ adminUrl }) => adminUrl).values()) {
    const serverCodes = servers.map(({ serverCode }) => serverCode);
    const wanted = database.subscriptions
      .filter(({ serverCode }) => serverCodes.includes(serverCode))
      .map(({ panelUserId }) => panelUserId);
    books.push(
      reading(`the panel of ${serverCodes.join(', ')}`, async () => {
        const { users, unreadable } = await panelOf(servers[0]!).readAccounts(async () => wanted);
        return { serverCodes, accounts: users, unreadable };
      }),
    );
  }
  return Promise.all(books);
}

async function runningWorkflowsOf(
  { workflows }: AuditSources,
  payments: readonly LedgerPayment[],
): Promise<Set<string> | undefined> {
  if (!workflows) return undefined;
  const unfinished = payments.filter(({ status }) => !isFinal(status)).map(({ id }) => id);
  const running = new Set<string>();
  for (let at = 0; at < unfinished.length; at += AT_ONCE) {
    await Promise.all(
      unfinished.slice(at, at + AT_ONCE).map(async (id) => {
        const workflow = await workflows.describe(id);
        if (workflow && isRunningStatus(workflow.status)) running.add(id);
      }),
    );
  }
  return running;
}

async function reading<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof CannotCompareError ? error : new CannotCompareError(what, error);
  }
}

/**
 * The whole message, on one line and without secrets: database clients quote their address with its password; a
 * gateway's messages contain none.
 */
function wordsOf(error: unknown): string {
  if (isGatewayError(error)) return error.message;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const words = [message, code].find((one): one is string => typeof one === 'string' && one !== '') ?? 'no answer';
  return words.replaceAll(/\s+/g, ' ').replaceAll(/\w+:\/\/\S+/g, '[address]');
}
