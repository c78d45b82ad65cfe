import { MINUTE_MS } from '../domain/duration';
import type { ProviderId } from '../domain/provider';
import { isGatewayError } from '../gateways/errors';
import type { HiddifyPanel } from '../gateways/hiddify';
import type { Providers } from '../providers/registry';
import type { CatalogueRepository, PanelAccess } from '../storage/postgres/catalogue';
import type { OutagesRepository, OutageSubject } from '../storage/postgres/outages';
import { accessUnlessGone } from './accessUnlessGone';

export interface ServiceCheckDeps {
  readonly outages: Pick<OutagesRepository, 'failed' | 'answered'>;
  readonly now: () => Date;
}

/** Answers for this long end an outage, so that a service that comes and goes is one outage, not twenty. */
const ENDS_AFTER_MS = 3 * MINUTE_MS;

/** Asks a service once and records an outage or the end of one. @returns whether it answered and took the key */
export type CheckService = (subject: OutageSubject, ask: () => Promise<unknown>) => Promise<boolean>;

export function createServiceCheck({ outages, now }: ServiceCheckDeps): CheckService {
  return async (subject, ask) => {
    try {
      await ask();
    } catch (error) {
      if (!isGatewayError(error)) throw error;
      const kind = error.kind === 'refused' ? 'refused' : 'away';
      await outages.failed(subject, { kind, reason: error.message, code: error.code ?? null }, now());
      return false;
    }
    await outages.answered(subject, now(), ENDS_AFTER_MS);
    return true;
  };
}

export interface PanelCheckDeps extends ServiceCheckDeps {
  readonly catalogue: Pick<CatalogueRepository, 'panelAccess'>;
  readonly panelOf: (access: PanelAccess) => Pick<HiddifyPanel, 'ping'>;
}

/** The same for the panel of a server. @returns `undefined`: it is gone for good, so it was not asked */
export type CheckPanel = (serverCode: string, signal?: AbortSignal) => Promise<boolean | undefined>;

export function createPanelCheck(deps: PanelCheckDeps): CheckPanel {
  const check = createServiceCheck(deps);
  return async (serverCode, signal) => {
    const access = await accessUnlessGone(deps.catalogue, serverCode);
    return access && check({ service: 'hiddify', serverCode }, async () => deps.panelOf(access).ping(signal));
  };
}

export interface ProviderCheckDeps extends ServiceCheckDeps {
  readonly providers: Providers;
}

/** A provider, among the services that may be out. */
export const providerSubject = (provider: ProviderId): OutageSubject => ({ service: provider, serverCode: null });

/** The same for a provider. */
export type CheckProvider = (provider: ProviderId, signal: AbortSignal) => Promise<boolean>;

export function createProviderCheck(deps: ProviderCheckDeps): CheckProvider {
  const check = createServiceCheck(deps);
  return (provider, signal) => check(providerSubject(provider), () => deps.providers.of(provider).ping(signal));
}
