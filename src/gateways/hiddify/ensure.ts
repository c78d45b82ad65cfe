import { isUuid } from '../../domain/uuid';
import { GatewayError, isGatewayError } from '../errors';
import { limitOnWire } from './answers';
import type { PanelUser, PanelUserState } from './types';

/** The calls `ensureUser` is made of. */
export interface UserCalls {
  /** `null`: the panel has no such account. */
  read(uuid: string): Promise<PanelUser | null>;
  create(body: Record<string, unknown>): Promise<PanelUser>;
  update(uuid: string, body: Record<string, unknown>): Promise<PanelUser>;
  remove(uuid: string): Promise<void>;
}

const OPERATION = 'ensureUser';
/** Create, then correct once, then once more in case someone else wrote in between. */
const MAX_WRITES = 3;
const NAME_LENGTH = 100;
const COMMENT_LENGTH = 500;
/** The panel keeps whole bytes, so limits come back a little smaller than they were sent. */
const LIMIT_TOLERANCE_GB = 1e-6;

/**
 * Makes the account be what `state` says, whatever it is now and however often this is called.
 *
 * It reads first: a repeat after a success writes nothing, and each write costs the panel a job. After a write whose outcome is
 * unknown, or a create refused because the account exists by now, the panel is read again and believed.
 *
 * @throws GatewayError: that of the write when its effect could not be confirmed, so an `unknown-outcome` stays one; `uuid-replaced`
 *   (refused) when the panel gave the account another uuid, after removing that account; `not-applied` (unknown-outcome) when
 *   the panel answers yes and shows something else; `state` (refused) when `state` itself makes no sense.
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
        // Removed between our read and our write: it has to be made again.
        shown = null;
        continue;
      }
      if (!worthReading(error, creating)) throw error;
      // A lost PATCH that shows in the other fields carried the reset with it: a panel write is one transaction.
      const after = await readOr(calls, state.uuid, error);
      if (after !== null && differences(after, state, true).length === 0) return after;
      if (after === null || !creating) throw error;
      shown = after;
      continue;
    }
    if (shown.uuid !== state.uuid) return await removeStray(calls, shown.uuid);
  }
  if (shown !== null && differences(shown, state, resetDone).length === 0) return shown;
  const fields = shown === null ? ['uuid'] : differences(shown, state, resetDone);
  throw new GatewayError(`hiddify ${OPERATION}: the panel answered yes but shows another ${fields.join(', ')}`, {
    service: 'hiddify',
    kind: 'unknown-outcome',
    operation: OPERATION,
    code: 'not-applied',
    ...(fields[0] === undefined ? {} : { parameter: fields[0] }),
  });
}

/** Which fields of the account are not as asked. An unnamed half-made row of a crashed create differs too and gets corrected. */
export function differences(user: PanelUser, state: PanelUserState, resetDone: boolean): string[] {
  const wrong: string[] = [];
  if (user.uuid !== state.uuid) wrong.push('uuid');
  if (user.name !== state.name) wrong.push('name');
  if (user.enable !== state.enable) wrong.push('enable');
  if (user.startDate !== state.startDate) wrong.push('start_date');
  if (user.packageDays !== state.packageDays) wrong.push('package_days');
  if (!sameLimit(user.usageLimitGb, state.usageLimitGb)) wrong.push('usage_limit_GB');
  if (user.comment !== state.comment) wrong.push('comment');
  if (state.telegramId !== undefined && user.telegramId !== state.telegramId) wrong.push('telegram_id');
  if (state.resetUsage && !resetDone && user.currentUsageGb > 0) wrong.push('current_usage_GB');
  return wrong;
}

function sameLimit(shown: number | null, asked: number | null): boolean {
  return shown === null || asked === null ? shown === asked : Math.abs(shown - asked) <= LIMIT_TOLERANCE_GB;
}

/** Fields every version from 10.80 on takes. start_date goes only together with package_days: up to 12.x it is ignored alone. */
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
  // To the panel 0 means "until the first byte", neither unlimited nor off.
  if (state.usageLimitGb !== null && !(state.usageLimitGb > 0))
    refuse('usageLimitGb', 'must be above zero, or null for unlimited');
  const name = cut(state.name, NAME_LENGTH);
  if (name === '') refuse('name', 'must not be empty');
  return { ...state, uuid, name, comment: cut(state.comment, COMMENT_LENGTH) || '-' };
}

/** @throws GatewayError refused `state` for anything but a lower-case uuid: in a path it would name another route. */
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

/** May the effect be there although the call failed? A create refused with 400 may mean "exists", which a read tells without its text. */
function worthReading(error: unknown, creating: boolean): boolean {
  if (!isGatewayError(error)) return false;
  return error.kind === 'unknown-outcome' || (creating && error.code === 'bad-request');
}

/** What the panel shows after a doubtful write. When even that fails, the first error stands: a later "unreachable" must not hide it. */
async function readOr(calls: UserCalls, uuid: string, first: unknown): Promise<PanelUser | null> {
  try {
    return await calls.read(uuid);
  } catch {
    throw first;
  }
}

/** Up to 12.x a uuid the panel does not like is replaced by a random one, with status 200: nobody would ever find that account again. */
async function removeStray(calls: UserCalls, stray: string): Promise<never> {
  const removed = await calls.remove(stray).then(
    () => true,
    () => false,
  );
  throw new GatewayError(
    `hiddify ${OPERATION}: the panel gave the account another uuid; ${removed ? 'that account was removed' : 'that account could not be removed and is still on the panel'}`,
    { service: 'hiddify', kind: 'refused', operation: OPERATION, code: 'uuid-replaced', parameter: 'uuid' },
  );
}
