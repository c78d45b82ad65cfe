/** The table of docs/schedules.md is what the jobs' contracts say. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import type { Timing } from '../../src/jobs/jobContract';
import { SCHEDULES } from '../../src/worker/schedules';

it('docs/schedules.md lists every schedule with its times and what it does', async () => {
  const page = await readFile(path.resolve(__dirname, '../../docs/schedules.md'), 'utf8');
  const [table] = /^\| schedule .*?(?=\n\n)/ms.exec(page)!;
  const rows = table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  expect(rows).toEqual(
    SCHEDULES.map(({ id, timing, catchupMinutes, limitMinutes, note }) => [
      `\`${id}\``,
      when(timing),
      duration(catchupMinutes),
      duration(limitMinutes),
      note,
    ]),
  );
});

function when(timing: Timing): string {
  if ('everyMinutes' in timing) return `every ${duration(timing.everyMinutes)}`;
  const time = timing.dailyAt.map((part) => String(part).padStart(2, '0')).join(':');
  return timing.weekday === undefined ? time : `${timing.weekday[0]}${timing.weekday.slice(1).toLowerCase()} ${time}`;
}

function duration(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
