import { sameTrafficLimit } from '../../domain/grant';
import { isUuid } from '../../domain/uuid';
import { GatewayError, isGatewayError } from '../errors';
import { limitOnWire } from './answers';
import { panelError } from './errors';
import type { PanelUser, PanelUserState } from './types';

/** The panel calls that `ensureUser` makes. */
export interface UserCalls {
  /** `null`: the panel has no such account. */
  read(uuid: string): Promise<PanelUser | null>;
  create(body: Record<string, unknown>): Promise<PanelUser>;
  update(uuid: string, body: Record<string, unknown>): Promise<PanelUser>;
  remove(uuid: string): Promise<void>;
}

const OPERATION = 'ensureUser';
/** One to create, one to correct, and one more in case somebody else wrote in between. */
const MAX_WRITES = 3;
const NAME_LENGTH = 100;
const COMMENT_LENGTH = 500;

/**
 * Creates the account or changes it to exactly `state`. Safe to repeat.
 *
 * It reads first, so that a repeat after a success writes nothing: each write makes the panel start a job. After a
 * write whose outcome is unknown, or a create that was refused because the account exists by now, the account is read
 * again and that answer counts.
 *
 * @throws GatewayError: that of the write when its effect could not be confirmed, so an `unknown-outcome` stays one;
 *   `uuid-replaced` (refused) when the panel gave the account another uuid, after removing that account; `not-applied`
 *   (unknown-outcome) when the panel confirms and then shows something else; `state` (refused) when `state` itself is
 *   invalid.
 */
export async function ensureUser(calls: UserCalls, asked: PanelUserState): Promise<PanelUser> {
  const state = normalized(asked);
  let shown = await calls.read(state.uuid);
  let resetDone = false;
  for (let writes = 0; writes < MAX_WRITES; writes += 1) {
    if (shown !== null && differences(shown, state, resetDone).length === 0) return shown;
    const creating = shown === null;
    try {
      shown = creating ? await calls.create(createBody(state)) : await calls.update(state.uuid, updateBody(state));
      resetDone = true;
    } catch (error) {
      if (!creating && isGatewayError(error) && error.code === 'not-found') {
        // It was removed between the read and the write: create it again.
        shown = null;
        continue;
      }
      if (!mayHaveTakenEffect(error, creating)) throw error;
      // When the other fields of a PATCH without an answer are there, its reset is too: a panel write is one
      // transaction.
      const after = await readOr(calls, state.uuid, error);
      if (after !== null && differences(after, state, true).length === 0) return after;
      if (after === null && isGatewayError(error) && error.code === 'exists')
        throw panelError(OPERATION, 'refused', 'hidden');
      if (after === null || !creating) throw error;
      shown = after;
      continue;
    }
    if (shown.uuid !== state.uuid) return await removeStray(calls, shown.uuid);
  }
  if (shown !== null && differences(shown, state, resetDone).length === 0) return shown;
  const fields = shown === null ? ['uuid'] : differences(shown, state, resetDone);
  throw new GatewayError(`hiddify ${OPERATION}: the panel confirmed the write but shows another ${fields.join(', ')}`, {
    service: 'hiddify',
    kind: 'unknown-outcome',
    operation: OPERATION,
    code: 'not-applied',
    ...(fields[0] === undefined ? {} : { parameter: fields[0] }),
  });
}

/**
 * The fields in which the account differs from `state`. A half-made row of a crashed create has no name, differs, and
 * is corrected.
 */
export function differences(user: PanelUser, state: PanelUserState, resetDone: boolean): string[] {
  const wrong: string[] = [];
  if (user.uuid !== state.uuid) wrong.push('uuid');
  if (user.name !== state.name) wrong.push('name');
  if (user.enable !== state.enable) wrong.push('enable');
  if (user.startDate !== state.startDate) wrong.push('start_date');
  if (user.packageDays !== state.packageDays) wrong.push('package_days');
  if (!sameTrafficLimit(user.usageLimitGb, state.usageLimitGb)) wrong.push('usage_limit_GB');
  if (user.comment !== state.comment) wrong.push('comment');
  if (state.telegramId !== undefined && user.telegramId !== state.telegramId) wrong.push('telegram_id');
  if (state.resetUsage && !resetDone && user.currentUsageGb > 0) wrong.push('current_usage_GB');
  return wrong;
}

/**
 * Fields that every version from 10.80 on takes. start_date is sent together with package_days: alone it is ignored up
 * to 12.x.
 */
function updateBody(state: PanelUserState): Record<string, unknown> {
  return {
    name: state.name,
    enable: state.enable,
    start_date: state.startDate,
    package_days: state.packageDays,
    usage_limit_GB: limitOnWire(state.usageLimitGb),
    comment: state.comment,
    ...(state.telegramId === undefined ? {} : { telegram_id: state.telegramId }),
    ...(state.resetUsage ? { current_usage_GB: 0 } : {}),
  };
}

function createBody(state: PanelUserState): Record<string, unknown> {
  return { uuid: state.uuid, mode: 'no_reset', ...updateBody(state) };
}

function normalized(state: PanelUserState): PanelUserState {
  const cut = (text: string, length: number): string => Array.from(text.trim()).slice(0, length).join('').trim();
  const refuse = (parameter: string, why: string): never => {
    throw new GatewayError(`hiddify ${OPERATION}: ${parameter} ${why}`, {
      service: 'hiddify',
      kind: 'refused',
      operation: OPERATION,
      code: 'state',
      parameter,
    });
  };
  const uuid = checkedUuid(OPERATION, state.uuid);
  if (!/^\d{4}-\d\d-\d\d$/.test(state.startDate)) refuse('startDate', 'must be YYYY-MM-DD');
  if (!Number.isInteger(state.packageDays) || state.packageDays < 0)
    refuse('packageDays', 'must be a whole number of days');
  // To the panel a limit of 0 means "used up by the first byte", neither unlimited nor off.
  if (state.usageLimitGb !== null && !(state.usageLimitGb > 0))
    refuse('usageLimitGb', 'must be above zero, or null for unlimited');
  const name = cut(state.name, NAME_LENGTH);
  if (name === '') refuse('name', 'must not be empty');
  return { ...state, uuid, name, comment: cut(state.comment, COMMENT_LENGTH) || '-' };
}

/**
 * @throws GatewayError refused, code `state`, for anything but a lower-case uuid, which could change the route of the
 *   request.
 */
export function checkedUuid(operation: string, uuid: string): string {
  if (isUuid(uuid)) return uuid;
  throw new GatewayError(`hiddify ${operation}: uuid must be a lower-case uuid`, {
    service: 'hiddify',
    kind: 'refused',
    operation,
    code: 'state',
    parameter: 'uuid',
  });
}

/**
 * Whether the account may be as asked although the call failed. A create refused with 400 may mean "exists already".
 */
function mayHaveTakenEffect(error: unknown, creating: boolean): boolean {
  if (!isGatewayError(error)) return false;
  return error.kind === 'unknown-outcome' || (creating && (error.code === 'exists' || error.code === 'bad-request'));
}

/**
 * Reads the account after a write whose outcome is unknown. When the read fails too, the error of the write is thrown,
 * not its own.
 */
async function readOr(calls: UserCalls, uuid: string, first: unknown): Promise<PanelUser | null> {
  try {
    return await calls.read(uuid);
  } catch {
    throw first;
  }
}

/**
 * Up to 12.x the panel replaces a uuid it does not accept by a random one, with status 200. Such an account is removed
 * here.
 */
async function removeStray(calls: UserCalls, stray: string): Promise<never> {
  const removed = await calls.remove(stray).then(
    () => true,
    () => false,
  );
  const outcome = removed ? 'was removed' : 'could not be removed and is still on the panel';
  throw new GatewayError(`hiddify ${OPERATION}: the panel gave the account another uuid; that account ${outcome}`, {
    service: 'hiddify',
    kind: 'refused',
    operation: OPERATION,
    code: 'uuid-replaced',
    parameter: 'uuid',
  });
}
