import { ApplicationFailure } from '@temporalio/common';
import { toldTrouble } from '../domain/panelTrouble';
import { isGatewayError } from '../gateways/errors';
import type { ToldOfTrouble } from '../workflows/contracts/activities';
import { gatewayFailureType, toFailure } from './failures';

/**
 * What an attempt at a panel fails with, when people were told before what is wrong: the attempts go on while it is the
 * same, and end when it is something else, so that the workflow can say so.
 * @returns the error to throw
 */
export function endAttemptsOfOtherTrouble(error: unknown, told: ToldOfTrouble, now: Date): unknown {
  if (!isGatewayError(error) || error.service !== 'hiddify' || now.getTime() < told.until) return error;
  const { what } = toldTrouble({ type: gatewayFailureType(error), code: error.code });
  if (what === told.what) return error;
  const { message, type, details } = toFailure(error) as ApplicationFailure;
  return ApplicationFailure.create({ message, type: type!, details: details!, nonRetryable: true });
}
