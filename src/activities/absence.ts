import { log } from '@temporalio/activity';
import { utcDay } from '../domain/duration';
import type { HiddifyPanel } from '../gateways/hiddify';
import { panelError } from '../gateways/hiddify/errors';
import { accountsHiddenScreen } from '../messages/screens/panelSync';
import type { TellOwners } from './ownerNotice';

/**
 * A panel has said that an account is not there: believed only where the shop's key may see it. From version 14 on an
 * account of another administrator is answered like one that does not exist, and after a change of the key in the
 * catalogue what the former one made is such an account.
 *
 * @throws GatewayError refused, code `hidden`, when it may be there all the same; the owner has been told of the server,
 *   once a day: what was mended may come back
 */
export async function checkAbsence(
  { tellOwners, now }: { readonly tellOwners: TellOwners; readonly now: () => Date },
  panel: Pick<HiddifyPanel, 'admin' | 'seesAccountsOf'>,
  { serverCode, panelAdmin }: { readonly serverCode: string; readonly panelAdmin: string | null },
  signal: AbortSignal,
): Promise<void> {
  if (await panel.seesAccountsOf(panelAdmin, signal)) return;
  await tellOwners('attention', `hidden:${serverCode}:${panel.admin.slice(0, 12)}:${utcDay(now())}`, (language) =>
    accountsHiddenScreen({ serverCode }, language),
  ).catch((failure: Error) =>
    log.warn('the owner could not be told of accounts that a key can’t see', { serverCode, error: failure.message }),
  );
  throw panelError('removeUser', 'refused', 'hidden');
}
