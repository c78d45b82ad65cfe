import type { Logger } from '../config/logger';
import { isGatewayError } from '../gateways/errors';
import type { UnreachableChat } from '../gateways/telegram';

export interface StartChecks {
  /** Those of `ADMIN_IDS` whom the bot can't write to. */
  readonly unreachableAdmins: () => Promise<readonly UnreachableChat[]>;
}

/**
 * What can be wrong with a shop that otherwise runs, said in the log at once. Never fails: nothing of it keeps a worker
 * from finishing what is paid.
 */
export async function checkAtStart(deps: StartChecks, logger: Pick<Logger, 'warn'>): Promise<void> {
  await checkAdmins(deps, logger);
}

/** Whom it is about is in the sentence itself: `npm start` shows nothing else of a log line. */
async function checkAdmins({ unreachableAdmins }: StartChecks, logger: Pick<Logger, 'warn'>): Promise<void> {
  try {
    const unreachable = await unreachableAdmins();
    if (unreachable.length === 0) return;
    const names = unreachable.map(({ chatId, reason }) => `${chatId} (${reason})`).join(', ');
    logger.warn(
      `the bot can't write to ${names} of ADMIN_IDS: nobody there is told anything until they press Start in the chat with it`,
    );
  } catch (error) {
    const reason = isGatewayError(error) ? error.message : (error as Error).name;
    logger.warn({ reason }, 'Telegram could not be asked which admins can be written to');
  }
}
