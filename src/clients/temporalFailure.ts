/** Why a Temporal server that is there can't be used, in words for whoever wrote the settings. */
import { isIP } from 'node:net';
import { connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { TemporalTarget } from './temporal';

/** Temporal can't be used with these settings. The message says why and what to do. */
export class UnusableTemporalError extends Error {
  override readonly name = 'UnusableTemporalError';

  /**
   * @param problem what is wrong, without a full stop
   * @param advice what to do about it, a sentence
   */
  constructor(
    readonly problem: string,
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(`${problem}. ${advice}`, options);
  }
}

const HANDSHAKE_MS = 3_000;
/** How long a refusal may take after the handshake: with TLS 1.3 a client certificate is judged behind it. */
const REFUSAL_MS = 1_000;
/** What a client of HTTP/2 says first, with an empty frame of settings (RFC 9113, 3.4); a server answers it. */
const PREFACE = Buffer.from(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'\0\0\0\x04\0\0\0\0\0'}`, 'latin1');

// google.rpc.Code
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

/**
 * What gRPC reports of a connection that was refused is that none was made in time; so a handshake is made once more,
 * and its end looked at.
 * @returns the error itself where nothing better is known
 */
export async function explainTemporalFailure(target: TemporalTarget['connection'], error: unknown): Promise<unknown> {
  const { problem, advice } = refusedCall(target, error) ?? (await refusedHandshake(target)) ?? {};
  return problem === undefined || advice === undefined
    ? error
    : new UnusableTemporalError(`Temporal at ${target.address}: ${problem}`, advice, { cause: error });
}

export interface Explanation {
  readonly problem: string;
  readonly advice: string;
}

/** Whether a call was answered, by "you may not". */
export function isRefusal(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return [code, cause?.code].some((one) => one === PERMISSION_DENIED || one === UNAUTHENTICATED);
}

function refusedCall({ apiKey }: TemporalTarget['connection'], error: unknown): Explanation | undefined {
  if (!isRefusal(error)) return undefined;
  return apiKey === undefined
    ? { problem: 'it asks for an API key', advice: 'Set TEMPORAL_API_KEY.' }
    : {
        problem: 'it refuses the API key',
        advice: 'Check that TEMPORAL_API_KEY has not ended and may use TEMPORAL_NAMESPACE.',
      };
}

async function refusedHandshake({ address, tls }: TemporalTarget['connection']): Promise<Explanation | undefined> {
  const { hostname, port } = new URL(`http://${address}`);
  const host = hostname.replaceAll(/^\[|\]$/g, '');
  const to = { host, port: Number(port || 7233), ALPNProtocols: ['h2'] };
  if (!tls) {
    const { code = '', secured } = await handshake({ ...to, rejectUnauthorized: false });
    return secured || /_ALERT_/.test(code)
      ? {
          problem: 'it speaks TLS, and the settings do not',
          advice: 'Set TEMPORAL_TLS=true, or its certificates: docs/secured-temporal.md.',
        }
      : undefined;
  }
  const name = tls.serverNameOverride ?? (isIP(host) ? undefined : host);
  const failure = await handshake({
    ...to,
    ...(name === undefined ? {} : { servername: name }),
    ...(tls.serverRootCACertificate === undefined ? {} : { ca: Buffer.from(tls.serverRootCACertificate) }),
    ...(tls.clientCertPair === undefined
      ? {}
      : { cert: Buffer.from(tls.clientCertPair.crt), key: Buffer.from(tls.clientCertPair.key) }),
  });
  return explainHandshake(failure, {
    name: name ?? host,
    hasCa: tls.serverRootCACertificate !== undefined,
    hasCertificate: tls.clientCertPair !== undefined,
  });
}

export interface Handshake {
  /** Whether it was completed. */
  readonly secured: boolean;
  /** Of the error that ended the connection; `undefined`: none did. */
  readonly code?: string | undefined;
  readonly serverCertificate?: PeerCertificate | undefined;
}

function handshake(options: ConnectionOptions): Promise<Handshake> {
  return new Promise((resolve) => {
    let secured = false;
    const socket: TLSSocket = connect(options);
    const end = (code?: string, serverCertificate?: PeerCertificate): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ secured, code, serverCertificate });
    };
    let timer = setTimeout(end, HANDSHAKE_MS);
    socket.on('secureConnect', () => {
      secured = true;
      clearTimeout(timer);
      timer = setTimeout(end, REFUSAL_MS);
      socket.write(PREFACE);
    });
    socket.on('data', () => end());
    socket.on('error', (error: NodeJS.ErrnoException & { cert?: PeerCertificate }) => end(error.code, error.cert));
    socket.on('close', () => end());
  });
}

/** OpenSSL's names of what ended a handshake (https://nodejs.org/api/errors.html, OpenSSL errors). */
const UNKNOWN_AUTHORITY = /^(UNABLE_TO_|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT)/;

export function explainHandshake(
  { code, secured, serverCertificate }: Handshake,
  { name, hasCa, hasCertificate }: { name: string; hasCa: boolean; hasCertificate: boolean },
): Explanation | undefined {
  if (code === undefined) return undefined;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      problem: `its certificate is not for ${name}, but for ${serverCertificate?.subjectaltname ?? 'another name'}`,
      advice: 'Set TEMPORAL_TLS_SERVER_NAME to a name of the certificate, or correct TEMPORAL_ADDRESS.',
    };
  if (code === 'CERT_HAS_EXPIRED')
    return { problem: 'its certificate has ended', advice: 'Renew it, and check the clock of this machine.' };
  if (UNKNOWN_AUTHORITY.test(code))
    return {
      problem: `its certificate is not signed by ${hasCa ? 'the authority of TEMPORAL_TLS_SERVER_CA_CERT_PATH' : 'a public authority'}`,
      advice: 'Set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the certificate of the authority that signed it.',
    };
  if (/_ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE)$/.test(code) && !hasCertificate)
    return {
      problem: 'it asks for a client certificate',
      advice: 'Set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.',
    };
  if (/_ALERT_.*EXPIRED$/.test(code))
    return { problem: 'the client certificate has ended', advice: 'Renew TEMPORAL_TLS_CLIENT_CERT_PATH.' };
  if (/_ALERT_/.test(code) && hasCertificate)
    return {
      problem: 'it refuses the client certificate',
      advice: 'TEMPORAL_TLS_CLIENT_CERT_PATH must be signed by an authority that the server knows.',
    };
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || (code === 'ECONNRESET' && !secured))
    return {
      problem: 'it does not speak TLS',
      advice: 'Leave out the settings TEMPORAL_TLS…, or correct TEMPORAL_ADDRESS.',
    };
  return undefined;
}
