/**
 * For log lines that outsiders can cause as often as they like: the first is written at once, those of the next
 * `everyMs` milliseconds as one line with their number.
 * @param write gets the number of occurrences and the details of the last one
 */
export function throttledLog<Details>(
  write: (count: number, last: Details) => void,
  everyMs = 10_000,
): (details: Details) => void {
  let waiting: { count: number; last: Details } | undefined;
  let pausing = false;
  const startPause = (): void => {
    pausing = true;
    setTimeout(() => {
      pausing = false;
      if (!waiting) return;
      const { count, last } = waiting;
      waiting = undefined;
      write(count, last);
      startPause();
    }, everyMs).unref();
  };
  return (details) => {
    if (pausing) {
      waiting = { count: (waiting?.count ?? 0) + 1, last: details };
      return;
    }
    write(1, details);
    startPause();
  };
}
