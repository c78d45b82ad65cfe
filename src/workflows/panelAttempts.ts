import { ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import { ABOUT_ONE_ORDER, toldTrouble, type PanelFailure } from '../domain/panelTrouble';
import type { ToldOfTrouble } from './contracts/activities';

/** How attempts at a panel have ended: it has answered, or something else is wrong with it than people were told. */
export type AttemptsEnd<Answer> =
  { readonly answer: Answer } | { readonly answer?: never; readonly failure: PanelFailure };

/** The gateway's error behind a failed activity: its class, and the code that says why. */
export function panelFailure(error: unknown): PanelFailure | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (!(at instanceof ApplicationFailure) || !at.type?.startsWith('hiddify:')) continue;
    const [details] = (at.details ?? []) as [{ readonly code?: unknown }?];
    return { type: at.type, ...(typeof details?.code === 'string' ? { code: details.code } : {}) };
  }
  return undefined;
}

/**
 * Attempts at a panel until they end, or until somebody decides or a time comes. They are stopped then, and the end of
 * a running one is waited for, before anything else is done: a delivery and what is decided next can't both win.
 * @param start starts the activity, which waits for a running attempt when it is cancelled
 *   (`WAIT_CANCELLATION_COMPLETED`)
 * @param wait ends when the attempts have ended, or are to be stopped
 * @returns `undefined`: stopped
 */
export async function attemptPanel<Answer>(
  start: () => Promise<Answer>,
  wait: (isOver: () => boolean) => Promise<unknown>,
): Promise<AttemptsEnd<Answer> | undefined> {
  const scope = new CancellationScope();
  let isOver = false;
  const attempts = scope
    .run(start)
    .then(
      (answer): AttemptsEnd<Answer> => ({ answer }),
      (error: unknown): AttemptsEnd<Answer> | undefined => {
        // An attempt that was running when it was stopped ends as it would have ended: when it fails, it is over all
        // the same.
        if (isCancellation(error) || scope.consideredCancelled) return undefined;
        const failure = panelFailure(error);
        if (failure === undefined) throw error;
        return { failure };
      },
    )
    .finally(() => (isOver = true));
  await wait(() => isOver);
  if (!isOver) scope.cancel();
  return attempts;
}

/** What people read of a failure. */
export function toldOf(failure: PanelFailure | undefined, until: number): ToldOfTrouble {
  return { what: toldTrouble(failure).what, until, isAboutIt: ABOUT_ONE_ORDER.has(failure?.code ?? '') };
}

/**
 * What counts as told once an operator has had it tried again: the same refusal of this one account is their answer, so
 * it is told once more. Of a panel's outage there is one message, which goes on.
 */
export const toldAnew = (told: ToldOfTrouble): ToldOfTrouble => (told.isAboutIt ? NOTHING_TOLD : told);

/** Whatever is wrong is news. */
export const NOTHING_TOLD: ToldOfTrouble = { what: null, until: 0 };
