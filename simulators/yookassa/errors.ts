/**
 * A refusal in the service's own shape (YooKassa docs, response format). The wordings are made up, so a client
 * must not branch on them.
 */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly description: string,
    readonly parameter?: string,
    readonly retryAfterMs?: number,
  ) {
    super(description);
  }
}

export function invalid(description: string, parameter?: string): ApiError {
  return new ApiError(400, 'invalid_request', description, parameter);
}

export function notFound(what: string): ApiError {
  return new ApiError(404, 'not_found', `${what} doesn't exist or access denied`);
}
