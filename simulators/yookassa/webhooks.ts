import type { VirtualClock } from '../clock';
import { postWebhook } from '../postWebhook';
import type { Faults } from './faults';
import type { Store, StoredDelivery } from './store';

/**
 * When an unacknowledged notification is sent again, in seconds after the event (YooKassa support notes of 2022;
 * today's docs only say 24 h).
 */
const REPEATS_S = [10, 42, 84, 168, 672, 5376, 86016];
/** A notification held back for reordering goes out after this long even if no other event overtakes it. */
const LONGEST_HOLD_MS = 5_000;

export interface WebhookerOptions {
  /** Factor on the pauses between repeats: 0.001 turns seconds into milliseconds. */
  readonly timeScale: number;
  /**
   * Sent as X-Forwarded-For, to stand for the trusted proxy in front of the shop in tests; the socket itself is
   * loopback.
   */
  readonly forwardedFor?: string | undefined;
}

/**
 * Sends notifications the way the service does: the object as it was at the event, no id, no signature, only HTTP 200
 * counts, and repeats go on even if the object has moved since, so stale and disordered events are normal.
 */
export class Webhooker {
  readonly #held: StoredDelivery[] = [];
  #closed = new AbortController();

  constructor(
    private readonly clock: VirtualClock,
    private readonly faults: Faults,
    private readonly store: Store,
    private readonly options: WebhookerOptions,
  ) {
    for (const delivery of store.deliveries) {
      if (delivery.state === 'held' || delivery.state === 'waiting')
        this.#schedule(delivery, delivery.nextAt ?? clock.now());
    }
  }

  /** Tells the shop about an event. With no URL set nothing is sent, as in the merchant's cabinet. */
  emit(event: string, objectId: string, object: unknown): void {
    if (this.store.webhookUrl === null) return;
    const body = JSON.stringify({ type: 'notification', event, object });
    const copies = 1 + (this.faults.on.webhookDuplicates ?? 0);
    for (let copy = 0; copy < copies; copy += 1) {
      const delivery: StoredDelivery = {
        id: (this.store.deliveries.at(-1)?.id ?? 0) + 1,
        event,
        objectId,
        body,
        createdAt: this.clock.now(),
        state: this.faults.on.webhooksLost ? 'lost' : 'waiting',
        attempts: [],
      };
      this.store.deliveries.push(delivery);
      if (delivery.state === 'waiting') this.#send(delivery);
    }
    this.store.touch();
  }

  /** Any notification at all, true or forged, sent once, now. */
  async send(body: unknown): Promise<number | 'no answer'> {
    return this.#post(JSON.stringify(body));
  }

  /** Sends a past notification once more, as it was: what a late repeat looks like. */
  async replay(id: number): Promise<number | 'no answer' | undefined> {
    const delivery = this.store.deliveries.find((known) => known.id === id);
    return delivery && this.#post(delivery.body);
  }

  releaseHeld(): void {
    for (const delivery of this.#held.splice(0)) this.#schedule(delivery, this.clock.now());
  }

  close(): void {
    this.#closed.abort();
    this.#held.length = 0;
  }

  /** Drops everything under way and is ready again. */
  reset(): void {
    this.close();
    this.#closed = new AbortController();
  }

  #send(delivery: StoredDelivery): void {
    const firstAt = delivery.createdAt + (this.faults.on.webhookDelayMs ?? 0);
    if (!this.faults.on.webhookReorder) return this.#schedule(delivery, firstAt);
    const overtaken = this.#held.shift();
    if (overtaken) {
      // The newer notification is sent and answered first, then the older one.
      void this.#attempt(delivery).then(() => this.#schedule(overtaken, this.clock.now()));
      return;
    }
    delivery.state = 'held';
    this.#held.push(delivery);
    this.clock.at(firstAt + LONGEST_HOLD_MS, () => {
      const at = this.#held.indexOf(delivery);
      if (at < 0) return;
      this.#held.splice(at, 1);
      this.#schedule(delivery, this.clock.now());
    });
  }

  #schedule(delivery: StoredDelivery, at: number): void {
    delivery.state = 'waiting';
    delivery.nextAt = at;
    this.clock.at(at, () => void this.#attempt(delivery));
  }

  async #attempt(delivery: StoredDelivery): Promise<void> {
    const closed = this.#closed;
    if (closed.signal.aborted) return;
    const status = await this.#post(delivery.body);
    if (closed.signal.aborted) return;
    delivery.attempts.push({ at: this.clock.now(), status });
    delete delivery.nextAt;
    const pause = REPEATS_S[delivery.attempts.length - 1];
    if (status === 200) delivery.state = 'delivered';
    else if (pause === undefined) delivery.state = 'given-up';
    else this.#schedule(delivery, delivery.createdAt + pause * 1000 * this.options.timeScale);
    this.store.touch();
  }

  async #post(body: string): Promise<number | 'no answer'> {
    if (this.store.webhookUrl === null) return 'no answer';
    const { forwardedFor } = this.options;
    const headers: Record<string, string> = forwardedFor === undefined ? {} : { 'X-Forwarded-For': forwardedFor };
    return postWebhook(this.store.webhookUrl, body, { headers, closed: this.#closed.signal });
  }
}
