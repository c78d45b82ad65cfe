import type { LogLevel, Logger as TemporalLogger, LogMetadata } from '@temporalio/worker';
import type { Logger } from '../config/logger';

/** The SDK's log lines through ours: one format, one redaction. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const write = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error', message: string, meta?: LogMetadata): void => {
    const { workflowId, runId, activityType, activityId, attempt, taskQueue, workflowType, error } = (meta ??
      {}) as Record<string, unknown>;
    logger[level](
      {
        workflowId,
        runId,
        workflowType,
        activityType,
        activityId,
        attempt,
        taskQueue,
        ...(error === undefined ? {} : { err: error }),
      },
      message,
    );
  };
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  return {
    log: (level: LogLevel, message, meta) => write(levels[level], message, meta),
    trace: (message, meta) => write('trace', message, meta),
    debug: (message, meta) => write('debug', message, meta),
    // The SDK's "info" is of interest to its developers: worker state changes and the like.
    info: (message, meta) => write('debug', message, meta),
    // Workers that only run activities are meant to.
    warn: (message, meta) => write(message.startsWith('No workflows registered') ? 'debug' : 'warn', message, meta),
    error: (message, meta) => write('error', message, meta),
  };
}
