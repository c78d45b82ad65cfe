import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { asBot, withDatabase } from './template-database';

/** What `npm test` (or `node scripts/test.mjs --services`) has prepared for the tests. */
interface TestEnvironment {
  /** A PostgreSQL user who may create databases and roles. */
  readonly TEST_DATABASE_URL: string;
  /** Name of the migrated database that `createTestDatabase` copies. */
  readonly TEST_DATABASE_TEMPLATE: string;
  /** A redis-server or valkey-server program; each test file starts its own. */
  readonly TEST_REDIS_BIN: string;
  /** A Temporal dev server (host:port) shared by the whole run: use task queues and workflow ids of your own. */
  readonly TEST_TEMPORAL_ADDRESS: string;
  readonly TEST_TEMPORAL_UI_URL: string;
  /** The `temporal` program, for tests that start, kill and restart a server of their own. */
  readonly TEST_TEMPORAL_CLI: string;
  /**
   * The time-skipping test server, for `createTimeSkipping({ server: { executable: { type: 'existing-path', path } }
   * })`.
   */
  readonly TEST_TIME_SKIPPING_SERVER: string;
  readonly TEST_CHROMIUM_PATH: string;
  /** A pgbouncer program. Where none can be had, `TEST_PGBOUNCER_MISSING` says why. */
  readonly TEST_PGBOUNCER: string;
}

/**
 * @returns the value of one of the variables that the tests' set-up exports
 * @throws Error that says how to get it
 */
export function testEnvironment(name: keyof TestEnvironment): string {
  const value = process.env[name];
  if (value) return value;
  const missing = process.env[`${name}_MISSING`];
  if (missing) throw new Error(missing);
  throw new Error(
    `${name} is not set. Run \`npm test -- FILE\`, or leave \`node scripts/test.mjs --services\` running and start jest with: ` +
      '(set -a; . .gigabridge/test-services.env; npx jest FILE)',
  );
}

export interface TestDatabase {
  readonly url: string;
  /** As the user that the bot's process is given in production, who may do less. */
  readonly botUrl: string;
  /** Drops it, ending connections that are still open. */
  close(): Promise<void>;
}

/** A fresh database with all migrations applied, for one test file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = testEnvironment('TEST_DATABASE_URL');
  const template = testEnvironment('TEST_DATABASE_TEMPLATE');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = withDatabase(adminUrl, name);
  return {
    url,
    botUrl: asBot(url),
    close: () => asAdmin(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function asAdmin(adminUrl: string, statement: string): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}
