import type { ApiError, ResponseParameters } from '@grammyjs/types';

/**
 * A refusal in Telegram's own form: becomes `{ok:false, error_code, description, parameters}` with the same HTTP
 * status.
 */
export class ApiFailure extends Error {
  constructor(
    readonly code: number,
    readonly description: string,
    readonly parameters?: ResponseParameters,
  ) {
    super(description);
  }

  toJSON(): ApiError {
    return {
      ok: false,
      error_code: this.code,
      description: this.description,
      ...(this.parameters ? { parameters: this.parameters } : {}),
    } as ApiError;
  }
}

export const badRequest = (text: string) => new ApiFailure(400, `Bad Request: ${text}`);
export const forbidden = (text: string) => new ApiFailure(403, `Forbidden: ${text}`);
export const conflict = (text: string) => new ApiFailure(409, `Conflict: ${text}`);
export const tooManyRequests = (seconds: number) =>
  new ApiFailure(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });

/** A control call (`/_sim/`) that can't be done: status and a sentence for the developer. */
export class ControlFailure extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
