const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Sends one notification to the shop, once.
 * @param closed ends it
 * @returns the status of the answer
 */
export async function postWebhook(
  url: string,
  body: string,
  { headers = {}, closed }: { readonly headers?: Readonly<Record<string, string>>; readonly closed: AbortSignal },
): Promise<number | 'no answer'> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
      signal: AbortSignal.any([closed, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 'no answer';
  }
}
