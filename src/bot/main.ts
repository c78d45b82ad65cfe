/**
 * Process entry: `node dist/bot/main.js`. Exit codes: 0 stopped as asked, 1 could not start or go on (the reason is
 * printed).
 */
import { createLogger } from '../config/logger';
import { UnusableTemporalError } from '../clients/temporalFailure';
import { readBotSettings, SettingsError } from '../config/settings';
import { DependencyUnavailableError } from '../process/waitFor';
import { UnusableDatabaseError } from '../storage/postgres/migrate';
import { startBotProcess, type BotProcess } from './process';

/** How long running work may take after a stop signal, in ms. */
const STOP_WITHIN_MS = 10_000;

async function main(): Promise<void> {
  const settings = readBotSettings(process.env);
  const logger = createLogger('bot', settings.LOG_LEVEL);
  const starting = new AbortController();
  let running: BotProcess | undefined;
  let asked = false;

  const stop = (signal: NodeJS.Signals): void => {
    // A second signal ends the process at once.
    if (asked) process.exit(1);
    asked = true;
    logger.info({ signal }, 'stopping');
    starting.abort();
    setTimeout(() => {
      logger.error('running work did not end within 10 s; exiting without waiting for it');
      process.exit(1);
    }, STOP_WITHIN_MS).unref();
    void (running?.stop() ?? Promise.resolve()).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'unhandled promise rejection; exiting');
    process.exit(1);
  });

  try {
    running = await startBotProcess({ settings, logger, signal: starting.signal });
    await running.failed;
  } catch (error) {
    if (asked) return;
    throw error;
  }
}

/** A sentence for mistakes of the operator; everything else gets its stack. */
function explain(error: unknown): string {
  const EXPECTED = [SettingsError, DependencyUnavailableError, UnusableDatabaseError, UnusableTemporalError];
  if (EXPECTED.some((type) => error instanceof type)) return (error as Error).message;
  const { code, message, stack } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'HTTP_PORT is taken by another process. Choose another one.';
  if (code === 'EACCES') return 'HTTP_PORT must not be used by this user. Choose one above 1023.';
  return message?.startsWith('Telegram does not know') ? message : `The bot could not go on: ${stack ?? String(error)}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
