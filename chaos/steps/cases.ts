/** The cases of a run: each a flow, a step and a moment, with a buyer of its own whose process is killed there. */
import { setTimeout as pause } from 'node:timers/promises';
import { Buyer } from '../buyers/buyer';
import type { Environment } from '../environment/environment';
import type { Reader, Wire } from '../wire/link';
import type { RunContext } from './context';
import { breaksAfterMaking } from './breaks';
import { FLOWS_BY_NAME, SECONDS_AFTER, type People } from './flows';
import type { JointKills } from './jointKills';
import type { FlowName, Moment, Step } from './steps';
import { Trap } from './trap';

export interface Case {
  readonly flow: FlowName;
  readonly step: Step;
  readonly moment: Moment;
  /** Names of the processes that were killed there. */
  readonly killed: string[];
  /** Ids of its buyers in order: another one tries when the process of the one before was not killed there. */
  readonly buyers: number[];
}

const ARRIVE_EVERY_MS = 100;
/**
 * One buyer for each case, with a trap at its step, until they have their key or their money back.
 * @returns how to remove each trap
 */
export async function runRound(cases: readonly Case[], run: RunContext): Promise<(() => void)[]> {
  // Refunds need a panel that makes the account, does not get to say so, and is away from then on.
  const panel = run.environment.links.find(({ name }) => name.endsWith('panel-2'))!;
  const halfDone = breaksAfterMaking();
  panel.read(halfDone);
  const traps: (() => void)[] = [];
  // Refunds come first: the removal of their accounts is retried after growing pauses, during which the others run.
  const ordered = cases.toSorted((a, b) => Number(b.flow === 'refund') - Number(a.flow === 'refund'));
  const buyers = ordered.map(async (one, index) => {
    await pause(index * ARRIVE_EVERY_MS);
    await runCase(one, run, traps).catch(
      (error: unknown) => void run.stumbled.push(`${one.flow}, ${one.moment} "${one.step.name}": ${String(error)}`),
    );
  });
  await Promise.all(buyers.filter((_, index) => ordered[index]!.flow === 'refund'));
  panel.unread(halfDone);
  await Promise.all(buyers);
  return traps;
}

async function runCase(one: Case, run: RunContext, traps: (() => void)[]): Promise<void> {
  const { environment, kills, chats, stopped } = run;
  const names: string[] = [];
  const person = async (id: number, payload?: string): Promise<Buyer> => {
    names.push(String(id));
    const buyer = new Buyer(id, {
      telegramUrl: environment.urls.telegram,
      chats,
      stopped,
      onConfirming: (paymentId) => void names.push(paymentId),
    });
    await buyer.start(payload);
    return buyer;
  };
  const id = one.buyers.at(-1)!;
  const people: People = {
    ...{ one: await person(id), names, run },
    second: (payload) => person(id + SECONDS_AFTER, payload),
    trap: () => void traps.push(setTrap(one, names, environment, kills)),
  };
  await FLOWS_BY_NAME[one.flow](people);
}

/** @returns a function that removes the trap; it does nothing once the trap has sprung */
function setTrap(
  { step, moment, killed }: Case,
  names: readonly string[],
  environment: Environment,
  kills: JointKills,
): () => void {
  const links = environment.links.filter(
    ({ dependency, owner }) => dependency === step.on && (owner === undefined || owner.startsWith(step.by)),
  );
  const remove = () => links.forEach((link) => link.unread(trap));
  const trap: Trap = new Trap({
    step,
    moment,
    ...(step.anybodys ? {} : { of: () => names }),
    spring(link, wire) {
      remove();
      // The workers share the link to a panel, so it is unknown which of them reached the step: both are killed.
      for (const name of link.owner === undefined ? ['worker-1', 'worker-2'] : [link.owner]) {
        const release = holdBuyer(names, wire, name, environment);
        kills.request(name, (isKilled) => {
          release();
          if (isKilled) killed.push(name);
        });
      }
    },
  });
  for (const link of links) link.read(trap);
  return remove;
}

/**
 * Keeps the step from happening between the trap and the kill, for instance by a second attempt when the first one
 * takes too long: nothing passes on the step's connection any more, and no request for this buyer from a process of the
 * same kind arrives.
 */
function holdBuyer(names: readonly string[], held: Wire, process: string, { links }: Environment): () => void {
  const own = links.filter(
    ({ owner, dependency }) => owner?.split('-')[0] === process.split('-')[0] && dependency !== 'temporal',
  );
  const read = new Set([held.link, ...own]);
  const isOfBuyer = ({ asked }: Wire) => names.some((name) => asked.includes(name));
  const hold: Reader = {
    request(wire) {
      if (wire === held) return 'hold';
      if (!isOfBuyer(wire)) return 'pass';
      // The other processes are not killed and need the connection later: they get a broken connection instead.
      return wire.link.owner === process ? 'hold' : 'cut';
    },
    answer: (wire) => (wire === held ? 'hold' : 'pass'),
  };
  for (const link of read) link.read(hold);
  return () => read.forEach((link) => link.unread(hold));
}
