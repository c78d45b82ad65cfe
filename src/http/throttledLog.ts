/**
 * For log lines that strangers can cause as often as they like: the first is written at once, those of the next
 * `everyMs` as one line that counts them.
 * @param write gets how many the line stands for, and the details of the last one
 */
export function throttledLog<Details>(
  write: (count: number, last: Details) => void,
  everyMs = 10_000,
): (details: Details) => void {
  let waiting: { count: number; last: Details } | undefined;
  let resting = false;
  const rest = (): void => {
    resting = true;
    setTimeout(() => {
      resting = false;
      if (!waiting) return;
      const { count, last } = waiting;
      waiting = undefined;
      write(count, last);
      rest();
    }, everyMs).unref();
  };
  return (details) => {
    if (resting) {
      waiting = { count: (waiting?.count ?? 0) + 1, last: details };
      return;
    }
    write(1, details);
    rest();
  };
}
