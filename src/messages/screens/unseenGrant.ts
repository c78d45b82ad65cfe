import { assertNever } from '../../domain/assertNever';
import type { Undelivered } from '../../domain/freeGrant';
import { PANEL_TROUBLES, type PanelTrouble } from '../../domain/panelTrouble';
import type { UnseenGrant } from '../../storage/postgres/freeGrants/unseen';
import { withOtherServer } from './otherServer';
import { promoStageScreen } from './promoGrant';
import type { Screen } from './screen';
import { trialStageScreen } from './trial';
import { voucherStageScreen } from './voucher';

type Stage = PanelTrouble | Undelivered | 'server-changed' | 'issued' | 'key-owed';

/** How a free grant stands, for the messages in which somebody asked for it; `undefined`: it is still being made. */
export function unseenGrantScreen(grant: UnseenGrant): Screen | undefined {
  const { language, timeZone } = grant;
  const stage = stageOf(grant);
  if (stage === undefined) return undefined;
  const { kind, makesKey: isNewKey, code, usableUntil } = grant;
  const screen = screenOf();
  return screen && withOtherServer(screen, { of: grant, stage, isNewKey }, language);

  function screenOf(): Screen | undefined {
    switch (kind) {
      case 'trial':
        return trialStageScreen(stage!, language);
      case 'promo':
        return promoStageScreen({ stage: stage!, isNewKey, usableUntil: usableUntil ?? undefined, timeZone }, language);
      case 'gift':
        return voucherStageScreen(stage!, { code: code ?? '', isNewKey }, language);
      case 'referral':
      case 'compensation':
      case 'owner':
        // Nobody asks for these in a message.
        return undefined;
      default:
        return assertNever(kind);
    }
  }
}

/** Its key is made, and Telegram has not taken the message with it. */
export function isKeyOwed({ status, makesKey, keySentAt }: UnseenGrant): boolean {
  return status === 'issued' && makesKey && keySentAt === null;
}

function stageOf(grant: UnseenGrant): Stage | undefined {
  const { status, reason } = grant;
  switch (status) {
    case 'given':
      return undefined;
    case 'delayed':
      return ([...PANEL_TROUBLES, 'server-changed'] as const).find((one) => one === reason) ?? 'panel-unavailable';
    case 'issued':
      return isKeyOwed(grant) ? 'key-owed' : 'issued';
    case 'revoked':
      return reason === 'panel-gone' ? 'panel-gone' : 'revoked';
    default:
      return assertNever(status);
  }
}
