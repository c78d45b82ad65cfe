import { randomUUID } from 'node:crypto';
import { afterAll } from '@jest/globals';
import {
  createHiddifyPanel,
  type HiddifyPanel,
  type HiddifyPanelOptions,
  type PanelUserState,
} from '../../../src/gateways/hiddify';
import { start, type HiddifySimulator } from '../../../simulators/hiddify/server';

/** A simulated panel with a client on it, and the control endpoints as functions. */
export interface TestPanel {
  readonly simulator: HiddifySimulator;
  readonly panel: HiddifyPanel;
  sim(method: string, path: string, body?: unknown): Promise<any>;
  faults(patch: object): Promise<void>;
  /** `METHOD /path` of the calls so far, secrets masked. */
  calls(): Promise<string[]>;
}

const started: HiddifySimulator[] = [];
/** Also after a failed test: an open panel would keep the test run alive. */
afterAll(async () => {
  for (const simulator of started.splice(0)) await simulator.close();
});

export async function startPanel(version: string, options: Record<string, string> = {}): Promise<TestPanel> {
  const simulator = await start({ port: 0, host: '127.0.0.1', version, ...options });
  started.push(simulator);
  const sim = async (method: string, path: string, body?: unknown): Promise<any> => {
    const answer = await fetch(`${simulator.url}/_sim/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(json)}`);
    return json;
  };
  return {
    simulator,
    panel: clientOf(simulator),
    sim,
    faults: (patch) => sim('PUT', 'faults', patch),
    calls: async () =>
      (await sim('GET', 'calls')).map((call: { method: string; path: string }) => `${call.method} ${call.path}`),
  };
}

export function clientOf(
  at: { adminUrl: string; apiKey: string },
  timeouts = {},
  more: Partial<HiddifyPanelOptions> = {},
): HiddifyPanel {
  return createHiddifyPanel({ adminUrl: at.adminUrl, apiKey: at.apiKey, writeGapMs: 0, timeouts, ...more });
}

/** A month for one customer, with a uuid of its own. */
export function month(change: Partial<PanelUserState> = {}): PanelUserState {
  return {
    uuid: randomUUID(),
    name: 'Anna',
    startDate: '2026-11-01',
    packageDays: 31,
    usageLimitGb: 30,
    enable: true,
    comment: 'subscription 17',
    telegramId: 123_456_789,
    ...change,
  };
}

/** Versions that stand for all behaviours: A twice (oldest and newest), B, C. */
export const VERSIONS = ['10.80.11', '12.3.3', '13.0.3', '14.0.5'] as const;
