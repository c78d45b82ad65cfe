/**
 * A refusal: `{ok: false, error: {code, name}}`, and the HTTP status equals `code` (Crypto Pay docs). No official list
 * of names exists, so a client must not branch on one.
 */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
  ) {
    super(reason);
  }
}

export function invalid(name: string): ApiError {
  return new ApiError(400, name);
}
