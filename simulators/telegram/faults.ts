import { ApiFailure, ControlFailure, tooManyRequests } from './failure';

/** The switches of `PUT /_sim/faults`; null or false is off. `times` counts down and then switches the fault off. */
export interface Faults {
  /** Every connection to the Bot API is reset and no webhook is delivered. */
  down?: boolean | null;
  /** Share (0…1) of the calls answered 502 before anything happened; every n-th call, so runs repeat. */
  errorRate?: number | null;
  /** Milliseconds before a call is looked at. */
  latencyMs?: number | null;
  /** Without `methods`: every method except getUpdates. */
  tooManyRequests?: { retryAfter: number; methods?: string[]; times?: number } | null;
  /** Every update is handed over twice under the same update_id. */
  duplicateUpdates?: boolean | null;
  /** The next calls of a method (`*`: any but getUpdates) are refused like this. */
  failSend?: { method: string; error_code: number; description: string; times?: number } | null;
  /** The call is carried out, the answer never comes: the outcome is unknown to the caller. */
  resetAfterCommit?: { method: string; times?: number } | null;
  /** Every button press is already too old to be answered. */
  expireCallbacks?: boolean | null;
  /** Every message counts as older than 48 hours: it can't be deleted any more. */
  messagesTooOld?: boolean | null;
  /** The web server in front answers HTML 502; the call is not carried out. */
  html502?: boolean | null;
  /** A proxy in front answers this JSON instead, whatever its form; the call is not carried out. */
  proxyAnswers?: { method: string; status: number; body: unknown; times?: number } | null;
  /** Every answer to a pre-checkout query comes too late: the payment is off. */
  expirePreCheckouts?: boolean | null;
  /** The update `successful_payment` never comes; only getStarTransactions knows of the payment. */
  starUpdatesLost?: { times?: number } | null;
  /** Milliseconds before `successful_payment` comes. */
  starUpdateDelayMs?: number | null;
  /** Milliseconds until getStarTransactions has a new row. */
  starRowLagMs?: number | null;
  /** The commission of an affiliate program, which the ledger's rows are net of. */
  starAffiliatePerMille?: number | null;
  /** A refund has no `refunded_payment`. */
  refundWithoutUpdate?: boolean | null;
  /** The row of a refund is labelled as paid media and has its payload in another field. */
  refundRowAsPaidMedia?: boolean | null;
  /** After a withdrawal the bot has too few Stars for a refund. */
  starBalanceTooLow?: boolean | null;
  /** What a refund of an unknown charge is refused with. */
  refundUnknownError?: string | null;
}

const NAMES = [
  'down',
  'errorRate',
  'latencyMs',
  'tooManyRequests',
  'duplicateUpdates',
  'failSend',
  'resetAfterCommit',
  'expireCallbacks',
  'messagesTooOld',
  'html502',
  'proxyAnswers',
  'expirePreCheckouts',
  'starUpdatesLost',
  'starUpdateDelayMs',
  'starRowLagMs',
  'starAffiliatePerMille',
  'refundWithoutUpdate',
  'refundRowAsPaidMedia',
  'starBalanceTooLow',
  'refundUnknownError',
] satisfies (keyof Faults)[];

type Counted = 'tooManyRequests' | 'failSend' | 'resetAfterCommit' | 'proxyAnswers' | 'starUpdatesLost';

/** Decides per call which fault strikes. */
export class FaultSwitches {
  private active: Faults = {};
  private debt = 0;

  get current(): Faults {
    return this.active;
  }

  /** @throws ControlFailure 400 for a switch that does not exist: a typo must not look like a healthy run */
  patch(change: Faults): Faults {
    const unknown = Object.keys(change).find((name) => !(NAMES as readonly string[]).includes(name));
    if (unknown !== undefined)
      throw new ControlFailure(400, `no fault is called "${unknown}"; there are: ${NAMES.join(', ')}`);
    const merged = Object.entries({ ...this.active, ...change }).filter(
      ([, value]) => value !== null && value !== false,
    );
    this.active = Object.fromEntries(merged) as Faults;
    return this.active;
  }

  reset(): void {
    this.active = {};
    this.debt = 0;
  }

  /** @throws ApiFailure when the call is to fail before it does anything */
  beforeCall(method: string): void {
    const { errorRate, tooManyRequests: flood, failSend } = this.active;
    this.debt += errorRate ?? 0;
    if (this.debt >= 1) {
      this.debt -= 1;
      throw new ApiFailure(502, 'Bad Gateway');
    }
    if (flood && (flood.methods ? matches(flood.methods, method) : method !== 'getupdates')) {
      this.use('tooManyRequests');
      throw tooManyRequests(flood.retryAfter);
    }
    if (failSend && matches([failSend.method], method)) {
      this.use('failSend');
      throw new ApiFailure(failSend.error_code, failSend.description);
    }
  }

  /** What a proxy in front answers instead of the Bot API, if one does. */
  proxyAnswer(method: string): { status: number; body: unknown } | undefined {
    const fault = this.active.proxyAnswers;
    if (!fault || !matches([fault.method], method)) return undefined;
    this.use('proxyAnswers');
    return fault;
  }

  /** True when the answer of a call that has been carried out is to be lost. */
  losesAnswer(method: string): boolean {
    const fault = this.active.resetAfterCommit;
    if (!fault || !matches([fault.method], method)) return false;
    this.use('resetAfterCommit');
    return true;
  }

  /** True when the bot is not to hear of a payment in Stars. */
  losesStarUpdate(): boolean {
    if (!this.active.starUpdatesLost) return false;
    this.use('starUpdatesLost');
    return true;
  }

  private use(name: Counted): void {
    const fault = this.active[name];
    if (!fault || fault.times === undefined) return;
    this.patch({ [name]: fault.times > 1 ? { ...fault, times: fault.times - 1 } : null });
  }
}

function matches(names: readonly string[], method: string): boolean {
  return names.some((name) => name.toLowerCase() === method || (name === '*' && method !== 'getupdates'));
}
