/** A call the demo server refused or did not answer; the message is for people. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {'GET' | 'POST' | 'PUT'} method
 * @param {string} path after `/api/`
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function call(method, path, body) {
  const response = await fetch(
    `/api/${path}`,
    body === undefined
      ? { method }
      : { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) },
  );
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, answer.error ?? `HTTP ${response.status}`);
  return answer;
}

/**
 * The event stream of all changes. A hidden tab closes it: a browser opens only six connections to one host, and with
 * more open tabs than that every page would wait.
 * @param {string} userId
 * @param {{ overview(view: any): void, chat(event: any): void, link(up: boolean): void, connection(up: boolean): void
 * }} on
 * @returns {() => void} ends it
 */
export function listen(userId, on) {
  /** @type {EventSource | undefined} */
  let source;
  const open = () => {
    source = new EventSource(`/api/live?user=${userId}`);
    source.addEventListener('open', () => on.connection(true));
    source.addEventListener('error', () => {
      on.connection(false);
      // After an answer that is no stream the browser gives up for good.
      if (source?.readyState === EventSource.CLOSED)
        setTimeout(() => document.visibilityState === 'visible' && source && (close(), open()), 1000);
    });
    source.addEventListener('overview', ({ data }) => on.overview(JSON.parse(data)));
    source.addEventListener('chat', ({ data }) => on.chat(JSON.parse(data)));
    source.addEventListener('chat-link', ({ data }) => on.link(data === 'up'));
  };
  const close = () => {
    source?.close();
    source = undefined;
  };
  const onVisibility = () => {
    if (document.visibilityState === 'hidden') close();
    else if (!source) open();
  };
  document.addEventListener('visibilitychange', onVisibility);
  open();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    close();
  };
}
