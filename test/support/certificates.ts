/** Certificates of a test's own authority, made anew for each run. */
import { randomBytes } from 'node:crypto';
import { md, pki } from 'node-forge';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** In ms from now, negative for the past. */
export interface Validity {
  readonly from: number;
  readonly until: number;
}
const NOW: Validity = { from: -3_600_000, until: 86_400_000 };

export interface Authority {
  readonly cert: string;
  /** @param validFor ms from now; default from an hour ago for 25 hours */
  issue(commonName: string, validFor?: Validity): Certificate;
}

export function createAuthority(commonName: string): Authority {
  const own = pki.rsa.generateKeyPair(2048);
  const subject = [{ name: 'commonName', value: commonName }];
  const create = (name: typeof subject, keys: pki.rsa.KeyPair, extensions: object[], { from, until } = NOW): string => {
    const certificate = pki.createCertificate();
    certificate.publicKey = keys.publicKey;
    certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
    certificate.validity.notBefore = new Date(Date.now() + from);
    certificate.validity.notAfter = new Date(Date.now() + until);
    certificate.setSubject(name);
    certificate.setIssuer(subject);
    certificate.setExtensions(extensions);
    certificate.sign(own.privateKey, md.sha256.create());
    return pki.certificateToPem(certificate);
  };
  return {
    cert: create(subject, own, [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', keyCertSign: true },
    ]),
    issue(name, validFor) {
      const keys = pki.rsa.generateKeyPair(2048);
      // 2 is a DNS name (RFC 5280, GeneralName).
      const altNames = [{ type: 2, value: name }];
      return {
        cert: create([{ name: 'commonName', value: name }], keys, [{ name: 'subjectAltName', altNames }], validFor),
        key: pki.privateKeyToPem(keys.privateKey),
      };
    },
  };
}
