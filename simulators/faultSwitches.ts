import { z } from 'zod';
import { ControlError } from './controlError';

/** Narrows a fault to some calls: how many more, a part of the path, a method. */
export const narrowed = {
  times: z.number().int().min(1).optional(),
  path: z.string().optional(),
  method: z.enum(['GET', 'POST']).optional(),
};

/** The fault switches in force, as `PUT /_sim/faults` sets them. An absent switch is off. */
export class FaultSwitches<On extends object> {
  #on: Partial<On> = {};

  /** @param switches a strict schema with one entry for each switch */
  constructor(private readonly switches: z.ZodObject) {}

  get on(): Readonly<Partial<On>> {
    return this.#on;
  }

  /** Merge patch, one level deep: `null`, `false` and 0 turn a switch off. Nothing changes when any of it is wrong. */
  patch(patch: unknown): void {
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
      throw new ControlError(400, 'an object of switches is expected');
    const kept: Record<string, unknown> = { ...this.#on };
    for (const [name, value] of Object.entries(patch)) {
      if (!(name in this.switches.shape))
        throw new ControlError(400, `unknown fault "${name}"; known: ${Object.keys(this.switches.shape).join(', ')}`);
      if (value === null || value === false || value === 0) delete kept[name];
      else kept[name] = value;
    }
    const read = this.switches.partial().safeParse(kept);
    if (!read.success) throw new ControlError(400, z.prettifyError(read.error));
    this.#on = read.data as Partial<On>;
  }

  clear(): void {
    this.#on = {};
  }

  /** The fault if it applies to this call (and `when` agrees); counts down its `times` and turns it off at zero. */
  strike<Name extends keyof On & string>(
    name: Name,
    call: { method: string; path: string },
    when: (fault: NonNullable<On[Name]>) => boolean = () => true,
  ): NonNullable<On[Name]> | undefined {
    const fault = this.#on[name] as
      (NonNullable<On[Name]> & { times?: number; path?: string; method?: string }) | undefined;
    if (!fault || !when(fault)) return undefined;
    if (fault.method !== undefined && fault.method !== call.method) return undefined;
    if (fault.path !== undefined && !call.path.includes(fault.path)) return undefined;
    if (fault.times !== undefined)
      this.patch({ [name]: fault.times > 1 ? { ...fault, times: fault.times - 1 } : null });
    return fault;
  }
}
