import { withTimeLimit } from '../../process/timeLimit';
import type { Log } from '../ports';

/** A button must be answered sooner than Temporal's client gives up. */
export const WORKFLOWS_WITHIN_MS = 4_000;

/** The message in which the worker shows what it was asked for. */
export interface AskedMessage {
  /** Shows that it is asked for. @returns the message's id: the worker edits it from then on */
  show(): Promise<number>;
  /** Shows that it could not be asked for, and the button that asks again. */
  showNotAsked(): Promise<void>;
}

/**
 * Asks the worker for something that it shows in this message.
 * @param problem for the log, where Temporal did not take it
 * @returns whether Temporal has taken it
 */
export async function askIn(
  message: AskedMessage,
  ask: (messageId: number) => Promise<unknown>,
  log: Log,
  problem: string,
): Promise<boolean> {
  // Before it is asked: the worker's edits must come after it.
  const messageId = await message.show();
  const isAsked = await takenByTemporal(ask(messageId), log, problem);
  if (!isAsked) await message.showNotAsked();
  return isAsked;
}

/**
 * @param asked what was asked of Temporal
 * @param message for the log, where it did not take it
 * @returns whether it has taken it in time; if not, pressing again asks again
 */
export async function takenByTemporal(asked: Promise<unknown>, log: Log, message: string): Promise<boolean> {
  try {
    await withTimeLimit(WORKFLOWS_WITHIN_MS, 'Temporal', asked);
    return true;
  } catch (error) {
    log(error, message);
    return false;
  }
}
