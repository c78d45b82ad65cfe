/** A request to `/_sim/` that makes no sense; answered with its own status and a plain explanation. */
export class ControlError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
