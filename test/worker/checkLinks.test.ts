/** What the worker at its start, and the doctor, find out about the links that customers will get. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { TellOwners } from '../../src/activities/ownerNotice';
import { examinePanel } from '../../src/support/doctor/panels';
import { checkLinks } from '../../src/worker/checkLinks';
import { createCatalogueRepository } from '../../src/storage/postgres/catalogue';
import { clientOf, month, startPanel } from '../gateways/hiddify/panel';
import { useShop } from '../storage/postgres/shopDatabase';

const shop = useShop();
const today = new Date().toISOString().slice(0, 10);

/** A panel whose customers get links under `clientUrl`, and what is found out about it. */
async function panelWith(clientUrlOf: (good: string, adminUrl: string) => string, withAccount: boolean) {
  const { simulator, panel, faults } = await startPanel('14.0.5');
  if (withAccount) await panel.ensureUser(month({ uuid: randomUUID(), startDate: today }));
  await shop.pool.query(`UPDATE servers SET active = code = 'nl-1'`);
  await shop.pool.query(
    `UPDATE servers SET panel_admin_url = $1, panel_api_key = $2, panel_client_url = $3, link_checked_for = NULL WHERE code = 'nl-1'`,
    [simulator.adminUrl, simulator.apiKey, clientUrlOf(simulator.clientUrl, simulator.adminUrl)],
  );
  const catalogue = createCatalogueRepository(shop.pool);
  const examined = async () => examinePanel(await catalogue.panelAccess('nl-1'), clientOf(simulator));
  const subjects = new Set<string>();
  const atStart = async (at = '2026-12-05T09:00:00Z') => {
    const told: string[] = [];
    const tellOwners: TellOwners = async (_kind, subject, screen) => {
      if (!subjects.has(subject)) told.push(screen('en', 'UTC').text);
      subjects.add(subject);
      return { told: true };
    };
    const now = () => new Date(at);
    const logged: string[] = [];
    const log = (_fields: unknown, text?: string) => void logged.push(String(text));
    const logger = { info: log, warn: log, error: log };
    await checkLinks({ catalogue, panelOf: clientOf, tellOwners, observe: undefined, now }, logger as never);
    return { told, logged, checked: (await catalogue.panelAccess('nl-1')).isLinkChecked };
  };
  return { simulator, faults, examined, atStart };
}

describe('a panel whose links open', () => {
  it('is in order; with no account on it, as far as that can be known', async () => {
    const sold = await panelWith((good) => good, true);
    expect((await sold.examined()).map(({ verdict }) => verdict)).toEqual(['good', 'good']);
    expect(await sold.atStart()).toMatchObject({ told: [], checked: true });
    const fresh = await panelWith((good) => good, false);
    expect((await fresh.examined()).map(({ what }) => what)).toEqual([
      expect.stringContaining('the key is right'),
      expect.stringContaining('no account yet'),
    ]);
    expect(await fresh.atStart()).toMatchObject({ told: [], checked: false });
  });
});

describe.each<[string, (good: string, adminUrl: string) => string]>([
  ['with a query', (good) => `${good}?home=true`],
  ['that is the admin address', (_good, adminUrl) => adminUrl],
  ['with another path', (good) => `${good}x`],
])('a clientUrl %s', (_what, clientUrlOf) => {
  it.each([true, false])(
    'is bad, and the owner is told before anybody pays (an account on it: %s)',
    async (account) => {
      const { examined, atStart, simulator } = await panelWith(clientUrlOf, account);
      const findings = await examined();
      expect(findings.map(({ verdict }) => verdict)).toEqual(['good', 'bad']);
      expect(findings[1]!.next).toContain('clientUrl');
      expect(JSON.stringify(findings)).not.toContain(new URL(simulator.adminUrl).pathname);
      expect(JSON.stringify(findings)).not.toContain(new URL(simulator.clientUrl).pathname);
      const { told, checked } = await atStart();
      expect(told).toEqual([expect.stringContaining('Keys of server nl-1 do not open')]);
      expect(checked).toBe(false);
      expect((await atStart('2026-12-05T18:00:00Z')).told).toEqual([]);
      // Mended and broken again, it is news.
      expect((await atStart('2026-12-20T09:00:00Z')).told).toHaveLength(1);
    },
  );
});

it('a panel that is away is nobody’s mistake: the worker starts, and the owner is not told of a wrong address', async () => {
  const { faults, atStart } = await panelWith((good) => good, true);
  await faults({ down: true });
  expect(await atStart()).toMatchObject({ told: [], checked: false });
});
