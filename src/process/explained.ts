/** What is wrong and what to do about it, as an error says it by itself. */
export interface Explained {
  /** A sentence without a full stop. */
  readonly problem: string;
  /** A sentence. */
  readonly advice: string;
}

/** Of errors such as `UnusableTemporalError` and `UnusableDatabaseError`: their texts hold no secret. */
export function explained(error: unknown): Explained | undefined {
  const { problem, advice } = error as { problem?: unknown; advice?: unknown };
  return typeof problem === 'string' && typeof advice === 'string' ? { problem, advice } : undefined;
}
