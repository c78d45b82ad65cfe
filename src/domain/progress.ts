/**
 * How far a long run is, for the people who watch it: `12,300 of 40,000, 24 per second, 19 min left`.
 * @param elapsedMs since `done` was 0
 */
export function progressLine(done: number, total: number, elapsedMs: number): string {
  const of = `${grouped(done)} of ${grouped(Math.max(done, total))}`;
  if (done === 0 || elapsedMs <= 0) return of;
  const perSecond = (done * 1_000) / elapsedMs;
  const secondsLeft = Math.max(0, total - done) / perSecond;
  return `${of}, ${perSecond >= 10 ? Math.round(perSecond) : perSecond.toFixed(1)} per second, ${timeLeft(secondsLeft)} left`;
}

function timeLeft(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
