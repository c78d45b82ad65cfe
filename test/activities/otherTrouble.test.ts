/** Attempts at a panel go on while what is wrong is what people were told, and end when it is something else. */
import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { endAttemptsOfOtherTrouble } from '../../src/activities/otherTrouble';
import { toldTrouble } from '../../src/domain/panelTrouble';
import { GatewayError } from '../../src/gateways/errors';
import { panelError } from '../../src/gateways/hiddify/errors';

const NOW = new Date('2026-03-28T09:00:00Z');
const AWAY = new GatewayError('hiddify ensureUser: ECONNREFUSED', {
  service: 'hiddify',
  kind: 'unreachable',
  operation: 'ensureUser',
});
const WRONG_KEY = panelError('ensureUser', 'refused', 'auth', { status: 401 });
const told = { what: toldTrouble(undefined).what, until: NOW.getTime() };

describe('a failed attempt at a panel', () => {
  it('of which people know is repeated', () => {
    expect(endAttemptsOfOtherTrouble(AWAY, told, NOW)).toBe(AWAY);
  });

  it('that says something else ends the attempts, with its class and code', () => {
    const ended = endAttemptsOfOtherTrouble(WRONG_KEY, told, NOW);
    expect(ended).toBeInstanceOf(ApplicationFailure);
    expect(ended).toMatchObject({
      nonRetryable: true,
      type: 'hiddify:refused',
      details: [{ operation: 'ensureUser', status: 401, code: 'auth' }],
    });
  });

  it('is repeated all the same for a while after people were told', () => {
    expect(endAttemptsOfOtherTrouble(WRONG_KEY, { ...told, until: NOW.getTime() + 1 }, NOW)).toBe(WRONG_KEY);
  });

  it('is reported, whatever it says, where nothing was told of this server', () => {
    expect(endAttemptsOfOtherTrouble(AWAY, { what: null, until: 0 }, NOW)).toMatchObject({ nonRetryable: true });
  });

  it('of something else than a panel is repeated: it says nothing of the panel', () => {
    const database = new Error('the database is away');
    expect(endAttemptsOfOtherTrouble(database, told, NOW)).toBe(database);
  });
});
