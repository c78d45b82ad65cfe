/** The panel's clock: real time plus an offset set by the test, read in the time zone of the panel's server. */
export interface PanelClock {
  offsetMs: number;
  now(): Date;
  /** `YYYY-MM-DD` on the panel's own calendar: every date of the API is server-local. */
  today(): string;
  /** `YYYY-MM-DD HH:MM:SS`, server-local. */
  stamp(): string;
}

export function createClock(utcOffsetHours: number): PanelClock {
  const local = (clock: PanelClock): string =>
    new Date(clock.now().getTime() + utcOffsetHours * 3_600_000).toISOString();
  return {
    offsetMs: 0,
    now() {
      return new Date(Date.now() + this.offsetMs);
    },
    today() {
      return local(this).slice(0, 10);
    },
    stamp() {
      return local(this).slice(0, 19).replace('T', ' ');
    },
  };
}

/** Whole calendar days from one `YYYY-MM-DD` to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}
