/** Writes that the panel has taken and carries out later, under the fault `commitsLate`. */
export interface LateWrites {
  /** @param ms after how long; absent: when `commit` is called */
  add(write: () => Promise<unknown>, ms: number | undefined): void;
  /** Carries out all of them now. @returns how many */
  commit(): Promise<number>;
  /** They are never carried out. */
  drop(): void;
}

interface Waiting {
  readonly run: () => Promise<unknown>;
  timer?: NodeJS.Timeout;
}

export function createLateWrites(): LateWrites {
  const waiting = new Set<Waiting>();
  const carryOut = async (write: Waiting): Promise<void> => {
    clearTimeout(write.timer);
    waiting.delete(write);
    // The panel may refuse the write by now, but its caller got an answer long ago.
    await write.run().catch(() => undefined);
  };
  return {
    add(run, ms) {
      const write: Waiting = { run };
      waiting.add(write);
      if (ms !== undefined) write.timer = setTimeout(() => void carryOut(write), ms);
    },
    async commit() {
      const writes = [...waiting];
      for (const write of writes) await carryOut(write);
      return writes.length;
    },
    drop() {
      for (const { timer } of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
}
