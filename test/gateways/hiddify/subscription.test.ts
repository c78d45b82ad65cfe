/** A customer's link as an app opens it, on panels of every family: which links work, and which only seem to. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { isUselessLink, openSubscription, openUnknownSubscription } from '../../../src/gateways/hiddify';
import { TYPESCRIPT } from '../../support/children';
import { freePort } from '../../support/ports';
import { month, startPanel, VERSIONS } from './panel';

/** How an attempt ended. */
const ending = async (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.catch((error: { kind: string; code?: string }) => ({
    kind: error.kind,
    code: error.code,
    useless: isUselessLink(error),
  }));
const today = new Date().toISOString().slice(0, 10);
const USELESS = { kind: 'refused', code: 'link', useless: true };

it('a link opens also in a process that has used Node’s own fetch before', async () => {
  const { panel, simulator } = await startPanel('14.0.5');
  const { uuid } = await panel.ensureUser(month({ startDate: today }));
  const link = `${simulator.clientUrl}/${uuid}/`;
  const program = `fetch(${JSON.stringify(simulator.url)})
    .then((answer) => answer.text())
    .then(() => require(${JSON.stringify(join(__dirname, '../../../src/gateways/hiddify'))}).openSubscription(${JSON.stringify(link)}))
    .then(({ servers }) => console.log(servers), (error) => console.log(error.message))`;
  const { stdout } = await promisify(execFile)(process.execPath, [...TYPESCRIPT, '-e', program]);
  expect(stdout.trim()).toBe('2');
  await simulator.close();
});

describe.each(VERSIONS)('on a panel %s', (version) => {
  it('the link of a customer opens, and holds servers while the account is on', async () => {
    const { panel, simulator } = await startPanel(version);
    const { uuid } = await panel.ensureUser(month({ startDate: today }));
    const link = `${simulator.clientUrl}/${uuid}/#${encodeURIComponent('🇳🇱 Amsterdam')}`;
    expect(await openSubscription(link)).toEqual({ servers: 2 });
    await panel.setEnabled(uuid, false);
    expect(await openSubscription(link)).toEqual({ servers: 0 });
    await panel.removeUser(uuid);
    expect(await ending(openSubscription(link))).toEqual(USELESS);
  });

  it('an address that is not the customers’ one is told from a panel that is in trouble', async () => {
    const { panel, simulator, faults } = await startPanel(version);
    const other = await startPanel(version, { 'client-path': 'OtherClientPath' });
    const { uuid } = await panel.ensureUser(month({ startDate: today }));
    for (const wrong of [
      `${simulator.clientUrl}?home=true/${uuid}/`,
      `${simulator.clientUrl}/x/${uuid}/`,
      `${simulator.url}/WrongPath/${uuid}/`,
      `${simulator.adminUrl}/${uuid}/`,
      `${other.simulator.clientUrl}/${uuid}/`,
    ])
      expect([wrong, await ending(openSubscription(wrong))]).toEqual([wrong, USELESS]);
    await faults({ error502: true });
    expect(await ending(openSubscription(`${simulator.clientUrl}/${uuid}/`))).toMatchObject({
      kind: 'unknown-outcome',
      useless: false,
    });
  });

  it('without an account to open, the login page under the same path is what a link of nobody’s leads to', async () => {
    const { simulator } = await startPanel(version);
    expect(await ending(openUnknownSubscription(simulator.clientUrl))).toBeUndefined();
    for (const wrong of [`${simulator.url}/WrongPath`, simulator.adminUrl, `${simulator.clientUrl}/x`])
      expect([wrong, await ending(openUnknownSubscription(wrong))]).toEqual([wrong, USELESS]);
  });
});

describe('what is not a panel', () => {
  it('is useless when it answers with a page, or when there is no such host; not when nothing answers', async () => {
    const server = createServer((_request, response) => response.end('<html>Welcome to nginx</html>')).listen(0);
    await once(server, 'listening');
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ClientPath`;
    try {
      expect(await ending(openSubscription(`${at}/${randomUUID()}/`))).toEqual(USELESS);
      expect(await ending(openUnknownSubscription(at))).toEqual(USELESS);
    } finally {
      server.close();
    }
    expect(await ending(openSubscription(`http://127.0.0.1:${await freePort()}/ClientPath/${randomUUID()}/`))).toEqual({
      kind: 'unreachable',
      code: 'ECONNREFUSED',
      useless: false,
    });
  });

  it('a link whose list is in an unknown form is not called empty', async () => {
    const server = createServer((_request, response) =>
      response
        .writeHead(200, { 'Subscription-Userinfo': 'upload=0;download=0;total=1;expire=1' })
        .end('{"new":"form"}'),
    ).listen(0);
    await once(server, 'listening');
    try {
      const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ClientPath/${randomUUID()}/`;
      expect(await openSubscription(at)).toEqual({ servers: null });
    } finally {
      server.close();
    }
  });
});
