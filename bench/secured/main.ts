/**
 * `npm run bench -- secured`: the shop on Temporal's own production server, secured by its own configuration: once with
 * TLS and client certificates, once with TLS and API keys. Each time a purchase from the tap to the key, every command,
 * and what the operator reads when a setting is wrong.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadTools, type Supervisor } from '../../chaos/environment/tools';
import { testEnvironment } from '../../test/support/environment';
import { startStack } from '../../test/support/stack';
import { prepareTemplateDatabase } from '../../test/support/template-database';
import { createTestNamespace } from '../../test/support/temporal';
import { table } from '../lib/numbers';
import { machine } from '../lib/processes';
import { runBench } from '../lib/run';
import { commands, failures, purchase, refusals, type Secured } from './check';
import { certificates, FRONTEND, startServer, tokenIssuer } from './servers';

async function tryOut(secured: Secured): Promise<void> {
  const stack = await startStack({
    namespace: secured.namespace,
    env: { ...secured.settings, TEMPORAL_PAYLOAD_KEYS: `2026-11:${randomBytes(32).toString('base64')}` },
  });
  try {
    const { line, userId } = await purchase(stack);
    const lines = [line, ...(await commands(stack, userId))];
    console.log(`${table([`with ${secured.name}`, '', 'said'], lines)}\n`);
    console.log(`${table(['with a mistake', '', 'said'], await refusals(secured, stack))}\n`);
  } finally {
    await stack.stop();
  }
}

async function withCertificates(folder: string, supervisor: Supervisor, progress: ReturnType<Tools['createProgress']>) {
  const { files, tls } = await certificates(folder, { clientRequired: true });
  const TEMPORAL_ADDRESS = await startServer('client certificates', { tls }, folder, supervisor, progress);
  const settings = {
    TEMPORAL_ADDRESS,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: files.ca,
    TEMPORAL_TLS_CLIENT_CERT_PATH: files.cert,
    TEMPORAL_TLS_CLIENT_KEY_PATH: files.key,
    TEMPORAL_TLS_SERVER_NAME: FRONTEND,
  };
  const { TEMPORAL_TLS_CLIENT_CERT_PATH: _cert, TEMPORAL_TLS_CLIENT_KEY_PATH: _key, ...anonymous } = settings;
  const namespace = await createTestNamespace('secured', {
    address: TEMPORAL_ADDRESS,
    tls: {
      serverNameOverride: FRONTEND,
      serverRootCACertificate: await readFile(files.ca),
      clientCertPair: { crt: await readFile(files.cert), key: await readFile(files.key) },
    },
  });
  await tryOut({
    name: 'TLS and client certificates',
    settings,
    namespace,
    mistakes: [
      { what: 'no certificate', settings: anonymous },
      {
        what: 'a certificate of another authority',
        settings: {
          ...settings,
          TEMPORAL_TLS_CLIENT_CERT_PATH: files.otherCert,
          TEMPORAL_TLS_CLIENT_KEY_PATH: files.otherKey,
        },
      },
      { what: 'another CA', settings: { ...settings, TEMPORAL_TLS_SERVER_CA_CERT_PATH: files.otherCa } },
      { what: 'another server name', settings: { ...settings, TEMPORAL_TLS_SERVER_NAME: 'other.test' } },
      { what: 'no TLS', settings: { TEMPORAL_ADDRESS } },
    ],
  });
}

async function withApiKeys(folder: string, supervisor: Supervisor, progress: ReturnType<Tools['createProgress']>) {
  const { files, tls } = await certificates(folder, { clientRequired: false });
  const issuer = await tokenIssuer();
  try {
    const { authorization } = issuer;
    const TEMPORAL_ADDRESS = await startServer('API keys', { tls, authorization }, folder, supervisor, progress);
    const namespace = await createTestNamespace('secured', {
      address: TEMPORAL_ADDRESS,
      tls: { serverNameOverride: FRONTEND, serverRootCACertificate: await readFile(files.ca) },
      apiKey: issuer.issue(['temporal-system:admin']),
    });
    const settings = {
      TEMPORAL_ADDRESS,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: files.ca,
      TEMPORAL_TLS_SERVER_NAME: FRONTEND,
      TEMPORAL_API_KEY: issuer.issue([`${namespace}:write`]),
    };
    const { TEMPORAL_API_KEY: _key, ...anonymous } = settings;
    await tryOut({
      name: 'TLS and an API key',
      settings,
      namespace,
      mistakes: [
        { what: 'no key', settings: anonymous },
        { what: 'a forged key', settings: { ...settings, TEMPORAL_API_KEY: issuer.forge([`${namespace}:write`]) } },
        {
          what: 'a key that has ended',
          settings: { ...settings, TEMPORAL_API_KEY: issuer.issue([`${namespace}:write`], -60) },
        },
        {
          what: 'a key of another namespace',
          settings: { ...settings, TEMPORAL_API_KEY: issuer.issue(['other:write']) },
        },
      ],
    });
  } finally {
    issuer.close();
  }
}

type Tools = Awaited<ReturnType<typeof loadTools>>;

async function main(): Promise<void> {
  const tools = await loadTools();
  const progress = tools.createProgress({ stream: process.stderr });
  const folder = await mkdtemp(path.join(tmpdir(), 'gigabridge-secured-'));
  process.env['TEST_DATABASE_TEMPLATE'] = await prepareTemplateDatabase(testEnvironment('TEST_DATABASE_URL'));
  // The stack needs these variables to exist; the settings of the secured server replace their values.
  process.env['TEST_TEMPORAL_ADDRESS'] = process.env['TEST_TEMPORAL_UI_URL'] = 'http://localhost:1';
  console.log(`Temporal server 1.29.1 on PostgreSQL; ${machine()}.\n`);
  const only = process.argv[2];
  const variants = { certificates: withCertificates, 'api-key': withApiKeys };
  try {
    for (const [name, tryVariant] of Object.entries(variants)) {
      if (only !== undefined && only !== name) continue;
      // A new supervisor for each variant, because one that was stopped starts nothing any more.
      const supervisor = tools.createSupervisor({ logsDir: path.join(folder, 'logs'), print: progress.log });
      process.on('exit', () => supervisor.killAll());
      try {
        await tryVariant(path.join(folder, name), supervisor, progress);
      } finally {
        await supervisor.stopAll();
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (failures() > 0) throw new Error(`${failures()} lines are not as they should be`);
}

runBench(main);
