import type { WaitingForPanelRepository } from '../storage/postgres/waitingForPanel';
import type { SupportService } from './supportService';

export interface DecidedForAll {
  /** Orders whose workflow has the decision. */
  readonly sent: number;
  /** Orders whose workflow has not confirmed it: it had stopped and was started again, or Temporal did not answer. */
  readonly again: number;
}

/**
 * One decision for everybody who waits for a server's panel. Repeating it is harmless: what is decided or delivered
 * does not wait any more.
 * @param paidUntil whoever paid later is left out; default: nobody
 */
export type DecideWaiting = (
  serverCode: string,
  decision: 'retry' | 'refund',
  actor: string,
  paidUntil?: Date,
) => Promise<DecidedForAll>;

/** Orders decided by one press of the button. Where more wait, a second press decides the others. */
const MOST = 5_000;
/** Decided at the same time. */
const AT_ONCE = 20;

export function createDecideWaiting(
  waitingForPanel: Pick<WaitingForPanelRepository, 'orders'>,
  support: Pick<SupportService, 'byId' | 'decide'>,
): DecideWaiting {
  return async (serverCode, decision, actor, paidUntil) => {
    const waiting = (await waitingForPanel.orders(serverCode, MOST)).filter(
      ({ paidAt }) => paidUntil === undefined || paidAt <= paidUntil,
    );
    const decide = async (id: string): Promise<'sent' | 'again' | undefined> => {
      const payment = await support.byId(id);
      // It was delivered or moved to another server meanwhile, so it does not wait for this panel any more.
      if (payment?.serverCode !== serverCode || (decision === 'refund' && payment.status !== 'delayed'))
        return undefined;
      const decided = await support.decide(payment, { decision, actor });
      if (decided.outcome === 'not-applicable') return undefined;
      return decided.outcome === 'sent' && decided.how !== 'started-again-decide-again' ? 'sent' : 'again';
    };
    const outcomes: ('sent' | 'again' | undefined)[] = [];
    for (let from = 0; from < waiting.length; from += AT_ONCE)
      outcomes.push(...(await Promise.all(waiting.slice(from, from + AT_ONCE).map(({ id }) => decide(id)))));
    const count = (outcome: 'sent' | 'again') => outcomes.filter((one) => one === outcome).length;
    return { sent: count('sent'), again: count('again') };
  };
}
