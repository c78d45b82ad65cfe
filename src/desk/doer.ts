/** Who does something at the desk, and why, in their own words. */
export interface Doer {
  /** `operator:<Telegram id or name>`. */
  readonly actor: string;
  readonly note?: string | null;
}
