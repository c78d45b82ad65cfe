import { MINUTE_MS } from '../domain/duration';
import { GatewayError, isGatewayError } from '../gateways/errors';
import type { HiddifyPanel } from '../gateways/hiddify';
import type { YooKassaClient } from '../gateways/yookassa/client';
import type { CatalogueRepository, PanelAccess } from '../storage/postgres/catalogue';
import type { OutagesRepository, OutageSubject } from '../storage/postgres/outages';
import { accessUnlessGone } from './accessUnlessGone';

export interface ServiceCheckDeps {
  readonly outages: Pick<OutagesRepository, 'failed' | 'answered'>;
  readonly now: () => Date;
}

/** Answers for this long end an outage, so that a service that comes and goes is one outage, not twenty. */
const ENDS_AFTER_MS = 3 * MINUTE_MS;

/** YooKassa, among the services that may be out. */
export const YOOKASSA: OutageSubject = { service: 'yookassa', serverCode: null };

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

export interface YooKassaCheckDeps extends ServiceCheckDeps {
  readonly yookassa: Pick<YooKassaClient, 'getMe'>;
}

/** The same for YooKassa. */
export type CheckYooKassa = (signal: AbortSignal) => Promise<boolean>;

export function createYooKassaCheck(deps: YooKassaCheckDeps): CheckYooKassa {
  const check = createServiceCheck(deps);
  return (signal) => check(YOOKASSA, () => enabledShop(deps.yookassa, signal));
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
