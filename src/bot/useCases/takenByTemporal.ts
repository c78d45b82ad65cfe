import { withTimeLimit } from '../../process/timeLimit';

/** A button must be answered sooner than Temporal's client gives up. */
export const WORKFLOWS_WITHIN_MS = 4_000;

/** Asks the worker for something that it shows in this message. @returns whether Temporal has taken it */
export type AskInMessage = (messageId: number) => Promise<boolean>;

/**
 * @param asked what was asked of Temporal
 * @param message for the log, where it did not take it
 * @returns whether it has taken it in time; if not, pressing again asks again
 */
export async function takenByTemporal(
  asked: Promise<unknown>,
  log: (error: unknown, message: string) => void,
  message: string,
): Promise<boolean> {
  try {
    await withTimeLimit(WORKFLOWS_WITHIN_MS, 'Temporal', asked);
    return true;
  } catch (error) {
    log(error, message);
    return false;
  }
}
