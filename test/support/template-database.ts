import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../src/storage/postgres/migrate';

const STORAGE = path.resolve(__dirname, '..', '..', 'src', 'storage', 'postgres');

/** As ops/postgres/init.sh names it. */
const BOT_ROLE = 'gigabridge_bot';

/** Any number that nothing else locks. */
const LOCK = 7_233_001;

/**
 * Makes a migrated database to copy from, unless one for exactly these migrations is there.
 * @param adminUrl a user who may create databases and roles
 * @returns its name
 */
export async function prepareTemplateDatabase(adminUrl: string): Promise<string> {
  const name = `template_${migrationsHash()}`;
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    // Two jest runs at once (several people beside one set of services) must not both create it.
    await admin.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount) return name;
    // It is granted what the bot may do after the migrations. The password is no secret: the server is the tests' own.
    const { rowCount: hasRole } = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [BOT_ROLE]);
    await admin.query(`${hasRole ? 'ALTER' : 'CREATE'} ROLE ${BOT_ROLE} LOGIN PASSWORD '${BOT_ROLE}'`);
    const building = `${name}_new`;
    await admin.query(`DROP DATABASE IF EXISTS ${building} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${building} TEMPLATE template0`);
    await migrate(withDatabase(adminUrl, building));
    await admin.query(`ALTER DATABASE ${building} RENAME TO ${name}`);
    return name;
  } finally {
    await admin.end();
  }
}

/** The same database as the bot's user. */
export function asBot(url: string): string {
  const own = new URL(url);
  own.username = BOT_ROLE;
  own.password = BOT_ROLE;
  return own.href;
}

/** The same server, another database. */
export function withDatabase(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function migrationsHash(): string {
  const hash = createHash('sha256');
  const files = readdirSync(STORAGE, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /migrat/.test(file) && /\.(sql|[cm]?[jt]s)$/.test(file),
  );
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(path.join(STORAGE, file)));
  return hash.digest('hex').slice(0, 16);
}
