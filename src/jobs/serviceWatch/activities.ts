import { cancellationSignal } from '@temporalio/activity';
import type { OutageNotices } from '../../activities/outageNotices';
import { MINUTE_MS } from '../../domain/duration';
import { GatewayError, isGatewayError } from '../../gateways/errors';
import type { HiddifyPanel } from '../../gateways/hiddify';
import type { BotStanding } from '../../gateways/telegram';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import type { CatalogueRepository, PanelAccess } from '../../storage/postgres/catalogue';
import type { OutagesRepository, OutageSubject } from '../../storage/postgres/outages';
import type { ServiceWatchActivities } from './contract';

export interface ServiceWatchDependencies {
  readonly outages: OutagesRepository;
  readonly outageNotices: OutageNotices;
  /** Tells owners who can be written to again what they missed. @returns how many were told */
  readonly tellMissed: () => Promise<number>;
  readonly catalogue: Pick<CatalogueRepository, 'panelAccess'>;
  readonly panelOf: (access: PanelAccess) => Pick<HiddifyPanel, 'ping'>;
  readonly yookassa: Pick<YooKassaClient, 'getMe'>;
  readonly botStanding: () => Promise<BotStanding>;
  readonly now: () => Date;
}

/** One that is shorter is a hiccup: a restart of the panel, a route that changes. */
const TELL_AFTER_MS = 5 * MINUTE_MS;
/** Answers for this long end an outage, so that a service that comes and goes is one outage, not twenty. */
const ENDS_AFTER_MS = 3 * MINUTE_MS;

export function createServiceWatchActivities(dependencies: ServiceWatchDependencies): { main: ServiceWatchActivities } {
  const { outages, outageNotices, tellMissed, catalogue, panelOf, yookassa, botStanding, now } = dependencies;

  /** @returns whether it answered and took the key */
  async function check(subject: OutageSubject, ask: () => Promise<unknown>): Promise<boolean> {
    try {
      await ask();
    } catch (error) {
      if (!isGatewayError(error)) throw error;
      const kind = error.kind === 'refused' ? 'refused' : 'away';
      await outages.failed(subject, { kind, reason: error.message }, now());
      return false;
    }
    await outages.answered(subject, now(), ENDS_AFTER_MS);
    return true;
  }

  return {
    main: {
      async checkServices() {
        const signal = cancellationSignal();
        const servers = await outages.watchedServers();
        await outages.endOthers(servers, now());
        const checks = [
          check({ service: 'yookassa', serverCode: null }, () => enabledShop(yookassa, signal)),
          check({ service: 'telegram', serverCode: null }, botStanding),
          ...servers.map((serverCode) =>
            check({ service: 'hiddify', serverCode }, async () =>
              panelOf(await catalogue.panelAccess(serverCode)).ping(signal),
            ),
          ),
        ];
        const names = ['yookassa', 'telegram', ...servers];
        const answered = await Promise.all(checks);
        return { panels: servers.length, failing: names.filter((_, index) => !answered[index]) };
      },

      async tellOutages() {
        let told = 0;
        for (const outage of await outages.open()) {
          const lastedMs = now().getTime() - outage.beganAt.getTime();
          // A refused key mends itself as little as a wrong path does.
          if (outage.toldAt !== null || (outage.kind === 'away' && lastedMs < TELL_AFTER_MS)) continue;
          await outageNotices.tellBeginning(outage);
          told += 1;
        }
        for (const outage of await outages.endUntold()) {
          await outageNotices.tellEnd(outage);
          told += 1;
        }
        // Last: outages are told whatever becomes of it.
        return { told: told + (await tellMissed()) };
      },
    },
  };
}

/** @throws GatewayError refused when YooKassa knows the key but the shop takes no payments */
export async function enabledShop(yookassa: Pick<YooKassaClient, 'getMe'>, signal: AbortSignal): Promise<void> {
  const { accountId, status } = await yookassa.getMe(signal);
  if (status === 'enabled') return;
  throw new GatewayError(`yookassa getMe: shop ${accountId} is ${status}`, {
    service: 'yookassa',
    kind: 'refused',
    operation: 'getMe',
  });
}
