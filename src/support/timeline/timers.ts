import type { Client } from '@temporalio/client';

type HistoryEvents = NonNullable<
  Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>['events']
>;

/** Timers that were started and have neither fired nor been cancelled. */
export function timersOf(events: HistoryEvents): { what: string; at: Date }[] {
  const running = new Map<string, { what: string; at: Date }>();
  for (const event of events) {
    const started = event.timerStartedEventAttributes;
    const at = dateOf(event.eventTime);
    if (started?.timerId && at) {
      const summary = event.userMetadata?.summary?.data;
      running.set(started.timerId, {
        what: summary ? textOf(summary) : 'a timer',
        at: new Date(at.getTime() + msOf(started.startToFireTimeout)),
      });
    }
    const ended = event.timerFiredEventAttributes?.timerId ?? event.timerCanceledEventAttributes?.timerId;
    if (ended) running.delete(ended);
  }
  return [...running.values()];
}

function textOf(json: Uint8Array): string {
  try {
    return String(JSON.parse(Buffer.from(json).toString()));
  } catch {
    return 'a timer';
  }
}

type Duration = { seconds?: unknown; nanos?: number | null } | null | undefined;

function msOf(duration: Duration): number {
  return Number(duration?.seconds ?? 0) * 1_000 + Math.floor((duration?.nanos ?? 0) / 1e6);
}

export function dateOf(timestamp: Duration): Date | undefined {
  return timestamp ? new Date(msOf(timestamp)) : undefined;
}
