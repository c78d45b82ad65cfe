import type { TrialRefusal } from './trial';

/** Why nothing is given. */
export type GrantRefusal = TrialRefusal;

/**
 * How what somebody asked for stands, once there is something to say.
 * - `waiting`: it is theirs, and its panel makes no key now; it is made when the panel is back
 * - `issued`: the key is there
 * - `undelivered`: it was given, and its panel is gone for good or the access was revoked meanwhile
 */
export type GrantStage = 'waiting' | 'issued' | 'undelivered' | GrantRefusal;
