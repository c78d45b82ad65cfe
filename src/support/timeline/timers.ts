import type { Client } from '@temporalio/client';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow';

type HistoryEvents = NonNullable<
  Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>['events']
>;

/**
 * Timers that were started and have neither fired nor been cancelled.
 * @param converter what they are for may be encrypted, as payloads are
 */
export async function timersOf(
  events: HistoryEvents,
  converter: LoadedDataConverter,
): Promise<{ what: string; at: Date }[]> {
  const running = new Map<string, { summary: Payload | null | undefined; at: Date }>();
  for (const event of events) {
    const started = event.timerStartedEventAttributes;
    const at = dateOf(event.eventTime);
    if (started?.timerId && at) {
      running.set(started.timerId, {
        summary: event.userMetadata?.summary,
        at: new Date(at.getTime() + msOf(started.startToFireTimeout)),
      });
    }
    const ended = event.timerFiredEventAttributes?.timerId ?? event.timerCanceledEventAttributes?.timerId;
    if (ended) running.delete(ended);
  }
  return Promise.all(
    [...running.values()].map(async ({ summary, at }) => ({ what: await textOf(summary, converter), at })),
  );
}

async function textOf(summary: Payload | null | undefined, converter: LoadedDataConverter): Promise<string> {
  try {
    const [text] = await decodeArrayFromPayloads(converter, summary ? [summary] : []);
    return typeof text === 'string' ? text : 'a timer';
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
