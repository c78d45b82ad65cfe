/**
 * The outside services of a run, each as a process of its own. Connections to them are cut, but they are never killed:
 * the real services do not lose their data.
 */
import path from 'node:path';
import { PANEL, type PanelName } from './catalogue';
import { ROOT, type Supervisor, type Tools } from './tools';

export const BOT_TOKEN = '100000001:CHAOS-only-the-stand-in-accepts-it';
export const YOOKASSA = { id: '100500', key: 'chaos_only_the_stand_in' } as const;
export const PANELS: readonly { readonly name: PanelName; readonly version: string }[] = [
  { name: 'panel-1', version: '14.0.5' },
  { name: 'panel-2', version: '10.80.11' },
];

export type StandInName = 'telegram' | 'yookassa' | PanelName;

/** @param webhookUrl where YooKassa's notifications go, if anywhere
 * @returns the port of each, to be reached directly or through a link */
export async function startStandIns(
  tools: Tools,
  supervisor: Supervisor,
  webhookUrl: string | undefined,
): Promise<Record<StandInName, number>> {
  const start = async (name: StandInName, simulator: string, flags: Record<string, string>): Promise<number> => {
    const port = await tools.freePort();
    await supervisor.start({
      name,
      stage: 3,
      command: process.execPath,
      args: [
        '--import',
        'tsx',
        path.join(ROOT, 'simulators/main.ts'),
        simulator,
        '--port',
        String(port),
        ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
      ],
      cwd: ROOT,
      restart: false,
      ready: async () => (await fetch(`http://127.0.0.1:${port}/_sim/health`)).ok,
    });
    return port;
  };
  const [telegram, yookassa, ...panels] = await Promise.all([
    start('telegram', 'telegram', { token: BOT_TOKEN }),
    // Notifications are repeated ten times as fast as by YooKassa, because a run lasts only minutes.
    start('yookassa', 'yookassa', {
      'shop-id': YOOKASSA.id,
      'secret-key': YOOKASSA.key,
      ...(webhookUrl === undefined ? {} : { 'webhook-url': webhookUrl }),
      'webhook-time-scale': '0.1',
    }),
    ...PANELS.map(({ name, version }) => start(name, 'hiddify', { ...PANEL, version })),
  ]);
  return { telegram, yookassa, 'panel-1': panels[0]!, 'panel-2': panels[1]! };
}

/** JSON to a control endpoint, and its answer. @throws Error with the stand-in's own words */
export async function control<T>(url: string, method: 'GET' | 'POST' | 'PUT' = 'GET', body?: unknown): Promise<T> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
