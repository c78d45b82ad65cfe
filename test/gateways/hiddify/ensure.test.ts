/** Panels with answers that no real version gives: they confirm and do something else, or change during a call. */
import { describe, expect, it } from '@jest/globals';
import { panelError } from '../../../src/gateways/hiddify/errors';
import { ensureUser, type UserCalls } from '../../../src/gateways/hiddify/ensure';
import type { PanelUser } from '../../../src/gateways/hiddify';
import { month } from './panel';

const state = month();
const asAsked: PanelUser = {
  uuid: state.uuid,
  name: state.name,
  enable: true,
  isActive: true,
  startDate: state.startDate,
  packageDays: state.packageDays,
  usageLimitGb: 30,
  currentUsageGb: 0,
  comment: state.comment,
  telegramId: 123_456_789,
  lastOnline: null,
};

function panel(calls: Partial<UserCalls>): { calls: UserCalls; log: string[] } {
  const log: string[] = [];
  const noted =
    <A extends unknown[], R>(name: string, call: ((...given: A) => Promise<R>) | undefined) =>
    async (...given: A): Promise<R> => {
      log.push(name);
      if (!call) throw new Error(`${name} was not expected`);
      return call(...given);
    };
  return {
    log,
    calls: {
      read: noted('read', calls.read),
      create: noted('create', calls.create),
      update: noted('update', calls.update),
      remove: noted('remove', calls.remove),
    },
  };
}

describe('ensureUser', () => {
  it.each([
    ['enable', { enable: false }],
    ['start_date', { startDate: null }],
    ['package_days', { packageDays: 30 }],
    ['usage_limit_GB', { usageLimitGb: null }],
    ['usage_limit_GB', { usageLimitGb: 29.9 }],
    ['comment', { comment: '' }],
    ['telegram_id', { telegramId: null }],
    ['name', { name: 'unknown' }],
  ])('a success whose answer shows another %s counts as a failure', async (parameter, wrong) => {
    const { calls, log } = panel({
      read: async () => null,
      create: async () => ({ ...asAsked, ...wrong }),
      update: async () => ({ ...asAsked, ...wrong }),
    });
    await expect(ensureUser(calls, state)).rejects.toMatchObject({
      kind: 'unknown-outcome',
      code: 'not-applied',
      parameter,
    });
    expect(log).toEqual(['read', 'create', 'update', 'update']);
  });

  it('a create that forgets a field is corrected at once', async () => {
    const { calls, log } = panel({
      read: async () => null,
      create: async () => ({ ...asAsked, startDate: null }),
      update: async () => asAsked,
    });
    expect(await ensureUser(calls, state)).toEqual(asAsked);
    expect(log).toEqual(['read', 'create', 'update']);
  });

  it('an account removed between reading and writing is made again', async () => {
    const { calls, log } = panel({
      read: async () => ({ ...asAsked, packageDays: 1 }),
      update: async () => {
        throw panelError('updateUser', 'refused', 'not-found');
      },
      create: async () => asAsked,
    });
    expect(await ensureUser(calls, state)).toEqual(asAsked);
    expect(log).toEqual(['read', 'update', 'create']);
  });

  it('a refusal is passed on without asking again', async () => {
    const { calls, log } = panel({
      read: async () => null,
      create: async () => {
        throw panelError('createUser', 'refused', 'auth');
      },
    });
    await expect(ensureUser(calls, state)).rejects.toMatchObject({ code: 'auth' });
    expect(log).toEqual(['read', 'create']);
  });

  it('a stray account that cannot be removed is told', async () => {
    const { calls } = panel({
      read: async () => null,
      create: async () => ({ ...asAsked, uuid: month().uuid }),
      remove: async () => {
        throw panelError('removeUser', 'unknown-outcome', 'server-error');
      },
    });
    await expect(ensureUser(calls, state)).rejects.toThrow(/could not be removed/);
  });

  it('traffic counted while a renewal is written does not cause a second reset', async () => {
    const { calls, log } = panel({
      read: async () => ({ ...asAsked, currentUsageGb: 5 }),
      update: async () => ({ ...asAsked, currentUsageGb: 0.01 }),
    });
    expect(await ensureUser(calls, { ...state, resetUsage: true })).toMatchObject({ currentUsageGb: 0.01 });
    expect(log).toEqual(['read', 'update']);
  });
});
