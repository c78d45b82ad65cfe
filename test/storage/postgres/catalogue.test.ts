import { describe, expect, it } from '@jest/globals';
import { applyCatalogue, type Catalogue } from '../../../src/storage/postgres/applyCatalogue';
import { catalogue, useShop } from './shopDatabase';

describe('applying a catalogue says where it shows', () => {
  const shop = useShop();
  const touchedBy = async (change: (draft: ReturnType<typeof catalogue>) => Catalogue) => {
    await applyCatalogue(shop.pool, catalogue());
    return (await applyCatalogue(shop.pool, change(catalogue()))).touched;
  };

  it('nowhere when nothing changed, or a price only', async () => {
    expect(await touchedBy((same) => same)).toEqual({ locationCodes: [], shownInSubscriptions: false });
    expect(
      await touchedBy((c) => ({
        ...c,
        plans: c.plans.map((plan) => ({ ...plan, priceKopecks: plan.priceKopecks + 100 })),
      })),
    ).toEqual({ locationCodes: [], shownInSubscriptions: false });
  });

  it('in the location of a retired or a new server', async () => {
    expect(await touchedBy((c) => ({ ...c, servers: c.servers.filter(({ code }) => code !== 'fi-1') }))).toMatchObject({
      locationCodes: ['fi'],
    });
    expect(await touchedBy((c) => ({ ...c, servers: [...c.servers, { ...c.servers[0]!, code: 'nl-2' }] }))).toEqual({
      locationCodes: ['nl'],
      shownInSubscriptions: false,
    });
  });

  it('in both locations of a server that moves', async () => {
    const { locationCodes } = await touchedBy((c) => ({
      ...c,
      servers: c.servers.map((server) => (server.code === 'fi-1' ? { ...server, location: 'de' } : server)),
    }));
    expect(locationCodes.toSorted()).toEqual(['de', 'fi']);
  });

  it('in a location that is gone from the file', async () => {
    const { locationCodes } = await touchedBy((c) => ({
      ...c,
      locations: c.locations.filter(({ code }) => code !== 'fi'),
      servers: c.servers.filter(({ location }) => location !== 'fi'),
    }));
    expect(locationCodes).toEqual(['fi']);
  });

  it('in subscriptions when a panel has another address: their keys begin with it', async () => {
    const moved = {
      adminUrl: 'https://new.example/a',
      apiKey: '5f0c7a52-3d1e-4c6b-9a84-1e2d3c4b5a69',
      clientUrl: 'https://new.example/c',
    };
    expect(
      await touchedBy((c) => ({
        ...c,
        servers: c.servers.map((server) => (server.code === 'nl-1' ? { ...server, panel: moved } : server)),
      })),
    ).toEqual({
      locationCodes: ['nl'],
      shownInSubscriptions: true,
    });
  });
});

describe('the changes of a catalogue', () => {
  const shop = useShop();
  it('are told entry by entry with what was before, and can be looked at before they are made', async () => {
    const plans = catalogue().plans.map((plan) => (plan.code === 'month' ? { ...plan, priceKopecks: 299 } : plan));
    const draft = { ...catalogue(), plans: plans.filter(({ code }) => code !== 'day') };
    await applyCatalogue(shop.pool, catalogue());
    const refuse = () => {
      throw new Error('not confirmed');
    };
    await expect(applyCatalogue(shop.pool, draft, refuse)).rejects.toThrow('not confirmed');
    expect((await applyCatalogue(shop.pool, catalogue())).changes).toEqual([]);

    const { changes, sold } = await applyCatalogue(shop.pool, draft);
    expect(changes).toEqual([
      {
        part: 'plans',
        code: 'month',
        kind: 'changed',
        columns: [{ column: 'price_kopecks', before: 19_900, after: 299 }],
      },
      { part: 'plans', code: 'day', kind: 'retired', columns: [] },
    ]);
    expect(sold.plans).toEqual({ before: 4, retired: 1 });
    const switchedOff = { ...draft, servers: draft.servers.map((server) => ({ ...server, active: false })) };
    expect((await applyCatalogue(shop.pool, switchedOff)).sold.servers).toEqual({ before: 4, retired: 4 });
  });
});
