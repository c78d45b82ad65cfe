import type { GrantWorkflows } from '../clients/grantWorkflows';
import type { WaitingForPanelRepository, WaitingGrant } from '../storage/postgres/waitingForPanel';
import type { SupportService } from './supportService';

export interface DecidedForAll {
  /** Orders, and with `retry` free grants, whose workflow has the decision. */
  readonly sent: number;
  /** Those whose workflow has not confirmed it: it had stopped and was started again, or Temporal did not answer. */
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

type Decided = 'sent' | 'again';

/** Orders decided by one press of the button. Where more wait, a second press decides the others. */
const MOST = 5_000;
/** Decided at the same time. */
const AT_ONCE = 20;

export function createDecideWaiting(
  waitingForPanel: Pick<WaitingForPanelRepository, 'orders' | 'grants'>,
  support: Pick<SupportService, 'byId' | 'decide'>,
  grantWorkflows: Pick<GrantWorkflows, 'retry'>,
): DecideWaiting {
  /** What costs nothing is tried now, too; there is no money of it to be refunded. */
  const retryGrant = async ({ freeKind: kind, freeSource: source, userId }: WaitingGrant): Promise<Decided> => {
    try {
      return (await grantWorkflows.retry({ kind, source, userId })) ? 'sent' : 'again';
    } catch {
      return 'again';
    }
  };
  return async (serverCode, decision, actor, paidUntil) => {
    const waiting = (await waitingForPanel.orders(serverCode, MOST)).filter(
      ({ paidAt }) => paidUntil === undefined || paidAt <= paidUntil,
    );
    const grants = decision === 'retry' ? await waitingForPanel.grants(serverCode, MOST) : [];
    const decide = async (id: string): Promise<Decided | undefined> => {
      const payment = await support.byId(id);
      // It was delivered or moved to another server meanwhile, so it does not wait for this panel any more.
      if (payment?.serverCode !== serverCode || (decision === 'refund' && payment.status !== 'delayed'))
        return undefined;
      const decided = await support.decide(payment, { decision, actor });
      if (decided.outcome === 'not-applicable') return undefined;
      return decided.outcome === 'sent' && decided.how !== 'started-again-decide-again' ? 'sent' : 'again';
    };
    const all = [
      ...waiting.map(
        ({ id }) =>
          () =>
            decide(id),
      ),
      ...grants.map((grant) => () => retryGrant(grant)),
    ];
    const outcomes: (Decided | undefined)[] = [];
    for (let from = 0; from < all.length; from += AT_ONCE)
      outcomes.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map((one) => one()))));
    const count = (outcome: Decided) => outcomes.filter((one) => one === outcome).length;
    return { sent: count('sent'), again: count('again') };
  };
}
