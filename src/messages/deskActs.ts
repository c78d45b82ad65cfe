import { actOfDays } from '../domain/deskDays';
import type { DeskAct } from '../domain/staff';
import type { Action, Verb } from './callbackData';

type ActOf<V extends Verb> = DeskAct | ((action: Action<V>) => DeskAct);

/**
 * What each button of the desk asks for. A button that is not here is nobody's at the desk: the guard lets nothing
 * through to the desk's features that has no act.
 */
const ACTS: { readonly [V in Verb]?: ActOf<V> } = {
  desk: 'overview',
  'desk-search': 'people',
  person: 'people',
  block: 'block',
  'block-sure': 'block',
  unblock: 'block',
  erase: 'erase',
  'erase-sure': 'erase',
  forfeit: 'block',
  'forfeit-sure': 'block',
  numbers: 'numbers',
  'numbers-csv': 'export',
  'numbers-meaning': 'numbers',
  card: 'people',
  'card-note': 'note',
  days: 'days',
  'days-of': ({ days }) => actOfDays(days),
  // How many were confirmed is not in the button: the use case asks again.
  'days-sure': 'days',
  timeline: 'people',
  // Delivering or closing says what becomes of money, as a refund does.
  decide: ({ decision }) => (decision === 'retry' ? 'decide' : 'refund'),
  'decide-sure': ({ decision }) => (decision === 'retry' ? 'decide' : 'refund'),
  grant: 'people',
  'grant-retry': 'decide',
  'grant-end': 'decide',
  'grant-end-sure': 'decide',
  outage: ({ what }) => {
    if (what === 'refund') return 'refund-all';
    return what === 'stop' || what === 'resume' ? 'sale' : 'outages';
  },
  'outage-refund-sure': 'refund-all',
  panels: 'panels',
  panel: 'panels',
  'panel-ask': 'panel-gone',
  'panel-sure': 'panel-gone',
};

/** The act that a button asks for; `undefined`: it has nothing to do with the desk. */
export function deskActOf(action: Action): DeskAct | undefined {
  const act = ACTS[action.do] as DeskAct | ((action: Action) => DeskAct) | undefined;
  return typeof act === 'function' ? act(action) : act;
}

/** What a button of the desk is about, for the audit log: its first id or code. */
export function deskSubjectOf(action: Action): string | null {
  const [, first] = Object.entries(action).filter(([field]) => field !== 'do' && field !== 'page')[0] ?? [];
  return typeof first === 'string' || typeof first === 'number' ? String(first) : null;
}
