import { describe, expect, it } from '@jest/globals';
import { nextPoll, watchLoop } from '../../../src/activities/provider/watchLoop';
import type { Verdict } from '../../../src/workflows/contracts/verdict';

const INTERVAL = 10_000;

/** A watch on a clock of its own. @returns when it asked, in ms from its start, and what came of it */
async function watch({
  until = 300_000,
  startAt = 0,
  stoppedAt = Infinity,
  answer = (): Verdict => ({ status: 'pending' }),
  oversleep = 0,
  takes = 0,
}: {
  until?: number;
  startAt?: number;
  stoppedAt?: number;
  answer?: (at: number) => Verdict;
  oversleep?: number;
  takes?: number;
}) {
  let at = startAt;
  const asked: number[] = [];
  const lateness: number[] = [];
  const verdict = await watchLoop({
    intervalMs: INTERVAL,
    untilMs: until,
    clock: { now: () => at, sleep: async (ms) => void (at += ms + oversleep) },
    isStopped: () => at >= stoppedAt,
    onPoll: (late) => lateness.push(late),
    async ask() {
      asked.push(at);
      at += takes;
      return answer(at);
    },
  });
  return { asked, verdict, lateness };
}

describe('the close watch', () => {
  it('asks 30 times in five minutes, the last time exactly at the deadline', async () => {
    const { asked, verdict } = await watch({});
    expect(asked).toHaveLength(30);
    expect([asked[0], asked[1], asked.at(-1)]).toEqual([10_000, 20_000, 300_000]);
    expect(verdict).toEqual({ status: 'pending' });
  });

  it('sees money that came one millisecond before the end', async () => {
    expect(
      (await watch({ answer: (at) => (at >= 299_999 ? { status: 'succeeded' } : { status: 'pending' }) })).verdict,
    ).toEqual({ status: 'succeeded' });
  });

  it('keeps its rhythm and its end when another worker takes it over in between', async () => {
    const { asked } = await watch({ startAt: 123_456 });
    expect(asked[0]).toBe(130_000);
    expect(asked.at(-1)).toBe(300_000);
  });

  it('asks once more when it is taken over after its end', async () => {
    expect((await watch({ startAt: 500_000 })).asked).toEqual([500_000]);
  });

  it('skips a poll instead of catching up when an answer takes longer than the interval', async () => {
    expect((await watch({ takes: 15_000 })).asked.slice(0, 3)).toEqual([10_000, 30_000, 50_000]);
  });

  it('never polls twice in one interval because a timer fired early, and measures how late polls are', async () => {
    expect((await watch({ oversleep: -1 })).asked).toHaveLength(30);
    expect((await watch({ oversleep: 40 })).lateness.every((late) => late === 40 || late === 0)).toBe(true);
  });

  it('polls no more once it is stopped because the payment was fulfilled', async () => {
    const { asked, verdict } = await watch({ stoppedAt: 25_000 });
    expect(asked).toEqual([10_000, 20_000]);
    expect(verdict).toEqual({ status: 'succeeded' });
  });

  it.each([
    [0, 300_000, 10_000],
    [9_999, 300_000, 10_000],
    [10_000, 300_000, 20_000],
    [295_000, 300_000, 300_000],
    [1, 25_000, 5_000],
    [300_000, 300_000, 300_000],
  ])('after %i with the end at %i the next question comes at %i', (now, until, next) => {
    expect(nextPoll(now, INTERVAL, until)).toBe(next);
  });
});
