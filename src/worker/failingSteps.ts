import { Counter, type Registry } from 'prom-client';
import type { TellOwners } from '../activities/ownerNotice';
import type { Logger } from '../config/logger';
import { utcDay } from '../domain/duration';
import { failingStepScreen } from '../messages/screens/ownerNotice';
import { workflowPage, type TemporalUi } from '../messages/screens/webUi';
import type { FailingStep } from './interceptors';

export interface FailingStepsDeps {
  readonly registry: Registry;
  readonly logger: Pick<Logger, 'error' | 'warn'>;
  readonly tellOwners: TellOwners;
  readonly temporalUi: TemporalUi | undefined;
  readonly now: () => Date;
}

/**
 * Raises a step that fails again and again: a line in the log and a count for each such attempt, and a message to the
 * owners once a day for each step, however many workflows are held up by it. Nothing waits for any of it; while
 * PostgreSQL or Telegram is away the next attempt tells.
 */
export function createFailingSteps(deps: FailingStepsDeps): (failing: FailingStep) => void {
  const { registry, logger, tellOwners, temporalUi, now } = deps;
  const counter = new Counter({
    name: 'gigabridge_failing_steps_total',
    help: 'Failed attempts of steps that had failed nine times before',
    labelNames: ['step'],
    registers: [registry],
  });
  /** What is being told at this moment: many workflows fail at once, and the first of them is enough. */
  const telling = new Set<string>();

  async function tell(failing: FailingStep): Promise<void> {
    const { step, attempt, workflowId, error } = failing;
    const subject = `step:${step}:${utcDay(now())}`;
    if (telling.has(subject)) return;
    telling.add(subject);
    try {
      const workflowUrl = workflowId === undefined ? undefined : workflowPage(temporalUi, workflowId);
      await tellOwners('attention', subject, (language) =>
        failingStepScreen({ step, attempt, reason: reasonOf(error), workflowId, workflowUrl }, language),
      );
    } catch (failure) {
      logger.warn({ step, reason: (failure as Error).name }, 'the owner could not be told of a failing step');
    } finally {
      telling.delete(subject);
    }
  }

  return (failing) => {
    const { error, ...what } = failing;
    counter.inc({ step: failing.step });
    logger.error({ ...what, reason: reasonOf(error) }, 'a step fails again and again; it is tried on');
    void tell(failing);
  };
}

/**
 * What the error is, without its message, which may hold what a person wrote: PostgreSQL's code and constraint, or its
 * class.
 */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code, constraint } = error as { readonly code?: unknown; readonly constraint?: unknown };
  const words = [code ?? error.name, constraint].filter((word) => typeof word === 'string' && word !== '');
  return words.join(' ');
}
