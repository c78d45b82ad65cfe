import { describe, expect, it } from '@jest/globals';
import {
  driftOf,
  needsApproval,
  referenceOf,
  strangerDrift,
  type Claim,
  type DriftKind,
  type RecordedAccount,
  type ShownAccount,
} from '../../src/domain/panelDrift';

const SUBSCRIPTION = '11111111-1111-4111-8111-111111111111';
const ours: RecordedAccount = {
  subscriptionId: SUBSCRIPTION,
  panelUserId: 'a',
  status: 'active',
  isConfirmed: true,
  startDate: '2026-03-01',
  packageDays: 31,
  usageLimitGb: 100,
};
const shown: ShownAccount = {
  uuid: 'a',
  enable: true,
  startDate: '2026-03-01',
  packageDays: 31,
  usageLimitGb: 100 - 1e-8,
  comment: `gigabridge:${SUBSCRIPTION}`,
};

describe('what a panel shows of an account', () => {
  it('as the database says: nothing to do, bytes lost in rounding included', () => {
    expect(driftOf(ours, shown)).toBeUndefined();
  });
  it.each([
    ['missing', undefined],
    ['disabled-there', { ...shown, enable: false }],
    ['expiry-differs', { ...shown, packageDays: 90 }],
    ['expiry-differs', { ...shown, startDate: null }],
    ['expiry-differs', { ...shown, usageLimitGb: null }],
  ] as const)('%s', (kind, account) => {
    expect(driftOf(ours, account)).toBe(kind);
  });
  it('while it is being delivered or closed it is not judged', () => {
    expect(driftOf({ ...ours, isConfirmed: false }, undefined)).toBeUndefined();
    expect(driftOf({ ...ours, status: 'pending' }, { ...shown, enable: false })).toBeUndefined();
  });
  it('an ended one that works again is closed again; one that is gone is fine', () => {
    expect(driftOf({ ...ours, status: 'expired' }, shown)).toBe('enabled-though-ended');
    expect(driftOf({ ...ours, status: 'expired' }, { ...shown, enable: false })).toBeUndefined();
    expect(driftOf({ ...ours, status: 'expired' }, undefined)).toBeUndefined();
  });
});

describe('an account that is none of the living ones of its server', () => {
  const claim: Claim = {
    subscriptionId: SUBSCRIPTION,
    panelUserId: 'a',
    status: 'active',
    isOnThisPanel: true,
    wasRevokedHere: false,
    isBeingRevoked: false,
  };
  const other = { ...shown, uuid: 'b' };
  it.each<[string, ShownAccount, Claim | undefined, DriftKind | undefined]>([
    ['nobody’s: only counted', shown, undefined, 'unknown-user'],
    ['of a refunded one: removed', shown, { ...claim, status: 'revoked' }, 'present-though-revoked'],
    [
      'of a refunded one on any server: removed',
      shown,
      { ...claim, status: 'revoked', isOnThisPanel: false },
      'present-though-revoked',
    ],
    [
      'of one that has moved away: removed',
      shown,
      { ...claim, isOnThisPanel: false, wasRevokedHere: true },
      'present-though-revoked',
    ],
    ['of one that was never here: for a person', shown, { ...claim, isOnThisPanel: false }, 'on-another-server'],
    [
      'whose revocation is under way: left to it',
      shown,
      { ...claim, status: 'revoked', isBeingRevoked: true },
      undefined,
    ],
    ['of another server with the same panel: fine', shown, claim, undefined],
    ['under another uuid, of a living one: for a person', other, claim, 'uuid-changed'],
    [
      'under another uuid, of an ended one: switched off',
      other,
      { ...claim, status: 'expired' },
      'enabled-under-another-uuid',
    ],
    [
      'under another uuid, of a refunded one: switched off',
      other,
      { ...claim, status: 'revoked' },
      'enabled-under-another-uuid',
    ],
    [
      'under another uuid, of a refunded one, switched off: fine',
      { ...other, enable: false },
      { ...claim, status: 'revoked' },
      undefined,
    ],
  ])('%s', (_name, account, known, kind) => {
    expect(strangerDrift(account, known)?.kind).toBe(kind);
  });
  it('a reference is a whole uuid', () => {
    expect(referenceOf(shown)).toBe(SUBSCRIPTION);
    expect(referenceOf({ comment: `gigabridge:${'-'.repeat(36)}` })).toBeUndefined();
    expect(referenceOf({ comment: 'vasya' })).toBeUndefined();
  });
});

describe('how many repairs are too many', () => {
  it.each([
    ['half a list', { ours: 100, theirs: 50, repairs: 50 }, true],
    ['an empty list', { ours: 1, theirs: 0, repairs: 1 }, true],
    ['an ordinary day of a large panel', { ours: 1_000, theirs: 1_000, repairs: 20 }, false],
    ['an ordinary day of a small one', { ours: 4, theirs: 4, repairs: 2 }, false],
    ['nothing at all', { ours: 0, theirs: 0, repairs: 0 }, false],
    ['exactly the share', { ours: 100, theirs: 100, repairs: 20 }, false],
    ['one more', { ours: 100, theirs: 100, repairs: 21 }, true],
  ])('%s', (_name, sync, asks) => {
    expect(needsApproval(sync, 0.2)).toBe(asks);
  });
});
