import { cancellationSignal } from '@temporalio/activity';
import type { TellOutage } from '../../activities/outageNotices';
import { createServiceCheck, type CheckPanel, type CheckProvider } from '../../activities/serviceChecks';
import { MINUTE_MS } from '../../domain/duration';
import type { BotStanding } from '../../gateways/telegram';
import type { Providers } from '../../providers/registry';
import type { AccessRevocationsRepository } from '../../storage/postgres/accessRevocations';
import type { Outage, OutagesRepository } from '../../storage/postgres/outages';
import type { ServiceWatchActivities } from './contract';

export interface ServiceWatchDependencies {
  readonly outages: OutagesRepository;
  readonly tellOutage: TellOutage;
  /** Tells owners who can be written to again what they missed. @returns how many were told */
  readonly tellMissed: () => Promise<number>;
  readonly accessRevocations: Pick<AccessRevocationsRepository, 'followPanels'>;
  readonly checkPanel: CheckPanel;
  readonly providers: Pick<Providers, 'all'>;
  readonly checkProvider: CheckProvider;
  readonly botStanding: () => Promise<BotStanding>;
  readonly now: () => Date;
}

/** One that is shorter is a hiccup: a restart of the panel, a route that changes. */
const TELL_AFTER_MS = 5 * MINUTE_MS;
/** Whatever waits for a panel is tried again at least this often once it answers; twice that is enough. */
const TRIED_AGAIN_WITHIN_MS = 10 * MINUTE_MS;

const KEYLESS = {
  kind: 'no-keys',
  reason: 'the panel answers, but orders have waited for a key for some minutes',
  code: null,
} as const;

export function createServiceWatchActivities(dependencies: ServiceWatchDependencies): { main: ServiceWatchActivities } {
  const { outages, tellOutage, tellMissed, accessRevocations, checkPanel, checkProvider, botStanding, now } =
    dependencies;
  const providers = dependencies.providers.all.map(({ id }) => id);
  const check = createServiceCheck({ outages, now });

  /** Orders that wait for a key although the panel answers: that is an outage, too. */
  async function findServersWithoutKeys(answering: readonly string[]): Promise<void> {
    const before = new Date(now().getTime() - TELL_AFTER_MS);
    const overSince = new Date(now().getTime() - TRIED_AGAIN_WITHIN_MS);
    for (const serverCode of await outages.serversWithoutKeys(answering, before, overSince))
      await outages.failed({ service: 'hiddify', serverCode }, KEYLESS, now());
  }

  /** A refused key mends itself as little as a wrong path does. */
  const isDue = ({ kind, toldAt, beganAt }: Outage): boolean =>
    toldAt !== null || kind !== 'away' || now().getTime() - beganAt.getTime() >= TELL_AFTER_MS;

  return {
    main: {
      async checkServices() {
        const signal = cancellationSignal();
        await accessRevocations.followPanels();
        const servers = await outages.watchedServers();
        await outages.endOthers(servers, now());
        const checks = [
          ...providers.map((id) => checkProvider(id, signal)),
          check({ service: 'telegram', serverCode: null }, botStanding),
          ...servers.map((serverCode) => checkPanel(serverCode, signal)),
        ];
        const names = [...providers, 'telegram', ...servers];
        const answered = await Promise.all(checks);
        await findServersWithoutKeys(names.filter((_, index) => answered[index]));
        return { panels: servers.length, failing: names.filter((_, index) => answered[index] === false) };
      },

      async tellOutages() {
        let told = 0;
        const due = [...(await outages.open()).filter(isDue), ...(await outages.endUntold())];
        for (const { id } of due) if ((await tellOutage(id)) === 'told') told += 1;
        // Last: outages are told whatever becomes of it.
        return { told: told + (await tellMissed()) };
      },
    },
  };
}
