import { z } from 'zod';
import type { StandIn } from './standIn';

/** A fault that a visitor may switch on. The id is the page's `data-testid` after `break-`. */
export interface Fault {
  readonly id: string;
  readonly kind: 'panel-down' | 'yookassa-500-before' | 'yookassa-500-after' | 'webhooks-lost' | 'telegram-down';
  /** The panel's name for `panel-down`. */
  readonly subject?: string;
  readonly standIn: StandIn;
  readonly on: object;
  readonly off: object;
  readonly isOn: (faults: Record<string, unknown>) => boolean;
}

const faultsAnswer = z.record(z.string(), z.unknown());

interface StandIns {
  readonly telegram: StandIn;
  readonly yookassa: StandIn;
  readonly panels: readonly { readonly name: string; readonly standIn: StandIn }[];
}

export function listFaults({ telegram, yookassa, panels }: StandIns): Fault[] {
  const error500 = (when: 'before' | 'after'): Fault => ({
    id: `yookassa-500-${when}`,
    kind: `yookassa-500-${when}`,
    standIn: yookassa,
    on: { error500: when },
    off: { error500: false },
    isOn: ({ error500: set }) =>
      set === when || (typeof set === 'object' && set !== null && (set as { when?: unknown }).when === when),
  });
  const plain = (kind: Fault['kind'], standIn: StandIn, name: string): Fault => ({
    id: kind,
    kind,
    standIn,
    on: { [name]: true },
    off: { [name]: false },
    isOn: (faults) => Boolean(faults[name]),
  });
  return [
    ...panels.map(({ name, standIn }) => ({
      ...plain('panel-down', standIn, 'down'),
      id: `panel-down-${name}`,
      subject: name,
    })),
    error500('before'),
    error500('after'),
    plain('webhooks-lost', yookassa, 'webhooksLost'),
    plain('telegram-down', telegram, 'down'),
  ];
}

export interface FaultView {
  readonly id: string;
  readonly kind: Fault['kind'];
  readonly subject: string | null;
  /** `null` when the stand-in can't be asked. */
  readonly on: boolean | null;
}

export async function viewFaults(faults: readonly Fault[]): Promise<FaultView[]> {
  const standIns = new Set(faults.map((fault) => fault.standIn));
  const answers = new Map(
    await Promise.all(
      [...standIns].map(
        async (standIn) => [standIn, await standIn.get('faults', faultsAnswer).catch(() => undefined)] as const,
      ),
    ),
  );
  return faults.map(({ id, kind, subject, standIn, isOn }) => {
    const answer = answers.get(standIn);
    return { id, kind, subject: subject ?? null, on: answer === undefined ? null : isOn(answer) };
  });
}

/** @throws StandInError */
export async function switchFault(fault: Fault, on: boolean): Promise<void> {
  await fault.standIn.send('PUT', 'faults', on ? fault.on : fault.off);
}
