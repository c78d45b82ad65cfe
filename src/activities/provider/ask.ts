import { activityInfo } from '@temporalio/activity';
import { HOUR_MS } from '../../domain/duration';
import { isOfAnotherAccount, type Payment } from '../../domain/payment';
import type { PaymentProvider, PaymentState } from '../../providers/port';
import type { Providers } from '../../providers/registry';
import type { VerdictEvent } from '../../storage/postgres/payments';
import type { Verdict } from '../../workflows/contracts/verdict';
import { judge } from './judge';

export interface AskDeps {
  readonly providers: Providers;
  readonly now: () => Date;
}

/** After the end of its life a provider itself needs a while to say so. */
const AFTER_LIFE_MS = HOUR_MS;

/** Asks the provider once what has become of a payment. @throws GatewayError when it does not say */
export async function askProvider(
  { providers, now }: AskDeps,
  payment: Payment,
  signal: AbortSignal,
): Promise<Verdict> {
  // Nobody can have paid what was never created.
  if (payment.providerRef === null) return { status: 'pending' };
  const provider = providers.of(payment.provider);
  const shown = await lastWord(provider, payment.providerRef, payment, signal);
  if (shown.state !== 'unknown') return judge(shown, payment);
  // A payment that has just been made may not be shown everywhere yet; one that lives is asked after again.
  const endsAt = (payment.payableUntil ?? payment.createdAt).getTime();
  if (now().getTime() < endsAt + AFTER_LIFE_MS) return { status: 'pending' };
  const isElsewhere = isOfAnotherAccount(payment, provider.account);
  return { status: 'unknown', reason: isElsewhere ? 'another-account' : 'unknown-to-provider' };
}

/**
 * What the provider says. An order that its buyer has dismissed is ended there, where that can be: nobody can pay it any
 * more, and nothing has to be waited for. What was ended before may not be known there any more.
 */
async function lastWord(
  provider: PaymentProvider,
  ref: string,
  payment: Payment,
  signal: AbortSignal,
): Promise<PaymentState> {
  const shown = await provider.check(ref, signal);
  if (payment.dismissedAt === null || provider.close === undefined || shown.state === 'paid') return shown;
  if (isOfAnotherAccount(payment, provider.account)) return shown;
  if (shown.state === 'open' && (await provider.close(ref, signal)) === 'paid') return provider.check(ref, signal);
  return shown.state === 'dead' ? shown : { state: 'dead', reason: 'buyer' };
}

/** The event for the payment's timeline; `undefined` while it is pending. */
export function verdictEvent(verdict: Verdict): VerdictEvent | undefined {
  return verdict.status === 'pending'
    ? undefined
    : { event: `says-${verdict.status}`, details: { attempt: activityInfo().attempt, ...verdict } };
}
