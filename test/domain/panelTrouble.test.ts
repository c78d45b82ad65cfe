import { describe, expect, it } from '@jest/globals';
import { toldTrouble } from '../../src/domain/panelTrouble';

describe('why a panel makes no key', () => {
  it.each([
    [undefined, 'panel-unavailable', /does not answer/],
    [{ type: 'hiddify:unreachable', code: 'ECONNREFUSED' }, 'panel-unavailable', /does not answer/],
    [{ type: 'hiddify:unknown-outcome', code: 'server-error' }, 'panel-unavailable', /does not answer/],
    [{ type: 'hiddify:unreachable', code: 'CERT_HAS_EXPIRED' }, 'panel-unavailable', /certificate is not accepted/],
    [{ type: 'hiddify:refused', code: 'full' }, 'panel-full', /limit of users/],
    [{ type: 'hiddify:refused', code: 'auth' }, 'panel-refuses', /refuses the key/],
    [{ type: 'hiddify:refused', code: 'path' }, 'panel-refuses', /secret path/],
    [{ type: 'hiddify:refused', code: 'blocked' }, 'panel-refuses', /in front of it/],
    [{ type: 'hiddify:refused', code: 'hidden' }, 'panel-refuses', /another administrator/],
    [{ type: 'hiddify:refused', code: 'something-new' }, 'panel-refuses', /refuses the request \(something-new\)/],
    [{ type: 'hiddify:refused', code: undefined }, 'panel-refuses', /no reason given/],
  ] as const)('%j is %s', (failure, trouble, what) => {
    expect(toldTrouble(failure)).toEqual({ trouble, what: expect.stringMatching(what) });
  });
});
