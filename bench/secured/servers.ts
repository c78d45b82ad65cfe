/** Temporal's production server, secured in the two ways that the shop has settings for. */
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { loadTools, ROOT, type Progress, type Supervisor } from '../../chaos/environment/tools';
import { createAuthority } from '../../test/support/certificates';
import { testEnvironment } from '../../test/support/environment';

/** In the certificates. */
export const FRONTEND = 'temporal.test';
const INTERNODE = 'internode.test';

export interface Files {
  /** Of the server's certificate. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Of an authority that the server does not know. */
  readonly otherCa: string;
  readonly otherCert: string;
  readonly otherKey: string;
}

/** Makes two authorities and what they issue, and the server's configuration for it. */
export async function certificates(folder: string, { clientRequired }: { clientRequired: boolean }) {
  await mkdir(folder, { recursive: true });
  const file = async (name: string, content: string): Promise<string> => {
    const full = path.join(folder, name);
    await writeFile(full, content, { mode: 0o600 });
    return full;
  };
  const pair = async (name: string, { cert, key }: { cert: string; key: string }) => ({
    cert: await file(`${name}.pem`, cert),
    key: await file(`${name}.key`, key),
  });
  const [authority, other] = [createAuthority('the authority'), createAuthority('another authority')];
  const ca = await file('ca.pem', authority.cert);
  const [frontend, internode, client, stranger] = [
    await pair('frontend', authority.issue(FRONTEND)),
    await pair('internode', authority.issue(INTERNODE)),
    await pair('client', authority.issue('gigabridge')),
    await pair('stranger', other.issue('gigabridge')),
  ];
  const files: Files = {
    ...client,
    ca,
    otherCa: await file('other-ca.pem', other.cert),
    otherCert: stranger.cert,
    otherKey: stranger.key,
  };
  const tls = {
    frontend: {
      server: {
        ...{ certFile: frontend.cert, keyFile: frontend.key },
        ...(clientRequired ? { requireClientAuth: true, clientCaFiles: [ca] } : {}),
      },
      client: { serverName: FRONTEND, rootCaFiles: [ca] },
    },
    // Between the services of the server: both sides show a certificate.
    internode: {
      server: { certFile: internode.cert, keyFile: internode.key, requireClientAuth: true, clientCaFiles: [ca] },
      client: { serverName: INTERNODE, rootCaFiles: [ca] },
    },
    systemWorker: {
      ...{ certFile: internode.cert, keyFile: internode.key },
      client: { serverName: FRONTEND, rootCaFiles: [ca] },
    },
  };
  return { files, tls };
}

/** Issues API keys: JSON Web Tokens whose public keys the server fetches. */
export async function tokenIssuer() {
  const key = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [own, foreign] = [key(), key()];
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    const jwk = { ...own.publicKey.export({ format: 'jwk' }), kid: 'owner', use: 'sig', alg: 'RS256' };
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const token = (signedBy: KeyObject, permissions: readonly string[], endsInS: number): string => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { sub: 'gigabridge', permissions, exp: Math.floor(Date.now() / 1_000) + endsInS };
    const body = `${part({ alg: 'RS256', typ: 'JWT', kid: 'owner' })}.${part(claims)}`;
    return `${body}.${createSign('RSA-SHA256').update(body).sign(signedBy, 'base64url')}`;
  };
  return {
    authorization: {
      jwtKeyProvider: {
        keySourceURIs: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys.json`],
        refreshInterval: '1m',
      },
      ...{ permissionsClaimName: 'permissions', authorizer: 'default', claimMapper: 'default' },
    },
    issue: (permissions: readonly string[], endsInS = 86_400) => token(own.privateKey, permissions, endsInS),
    forge: (permissions: readonly string[]) => token(foreign.privateKey, permissions, 86_400),
    close: () => server.close(),
  };
}

/** @returns its address */
export async function startServer(
  name: string,
  security: { tls: object; authorization?: object },
  folder: string,
  supervisor: Supervisor,
  progress: Progress,
): Promise<string> {
  const tools = await loadTools();
  const { address } = await progress.step(`Temporal, ${name}`, async (step) =>
    tools.startTemporalOnPostgres({
      ...{ supervisor, step, security },
      programs: await tools.ensureTemporalServer(step, progress.log),
      databaseUrl: testEnvironment('TEST_DATABASE_URL'),
      dir: path.join(folder, 'temporal'),
      prefix: `temporal_${name.replaceAll(/\W/g, '_')}`,
      // As docker-compose.yml runs it.
      ...{ shards: 128, plugin: 'postgres12_pgx' },
      dynamicConfig: path.join(ROOT, 'ops/temporal/dynamic-config.yaml'),
    }),
  );
  return address;
}
