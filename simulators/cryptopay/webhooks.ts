import type { VirtualClock } from '../clock';
import { postWebhook } from '../postWebhook';
import type { Faults, SignatureFault } from './faults';
import { signatureHeader, toSignedJson } from './signature';
import type { Store, StoredUpdate } from './store';

/** Since version 1.5.2 (Crypto Pay docs, changelog): 17 attempts in 3 days, then the webhook is switched off. */
const ATTEMPTS = 17;
const THREE_DAYS_MS = 3 * 24 * 3_600_000;
/** The pauses are not published: here each is about twice the one before, from 10 s on. */
const FIRST_REPEAT_MS = 10_000;
const GROWTH = (THREE_DAYS_MS / FIRST_REPEAT_MS) ** (1 / (ATTEMPTS - 2));

export interface WebhookerOptions {
  readonly token: string;
  /** Factor on the pauses between repeats: 0.001 turns seconds into milliseconds. */
  readonly timeScale: number;
}

/** Tells the shop of paid invoices, the only event there is, and repeats until a 2xx comes. */
export class Webhooker {
  #closed = new AbortController();

  constructor(
    private readonly clock: VirtualClock,
    private readonly faults: Faults,
    private readonly store: Store,
    private readonly options: WebhookerOptions,
  ) {
    for (const update of store.tables.updates)
      if (update.state === 'waiting') this.#schedule(update, update.nextAt ?? clock.now());
  }

  /** Sends `invoice_paid`; with no address set, or switched off, nothing is sent. */
  emitPaid(invoiceId: number, invoice: unknown): void {
    const { tables } = this.store;
    if (tables.webhookUrl === null || tables.webhookDisabled) return;
    const { webhookDuplicates = 0, webhookDelayMs = 0, webhooksLost } = this.faults.on;
    for (let copy = 0; copy <= webhookDuplicates; copy += 1) {
      const update: StoredUpdate = {
        id: (tables.updates.at(-1)?.id ?? 0) + 1,
        invoiceId,
        body: this.#body(invoice),
        createdAt: this.clock.now(),
        state: webhooksLost ? 'lost' : 'waiting',
        attempts: [],
      };
      tables.updates.push(update);
      if (update.state === 'waiting') this.#schedule(update, update.createdAt + webhookDelayMs);
    }
    this.store.touch();
  }

  /** Any body at all, true or forged, sent once, now. */
  async send(body: string, fault?: SignatureFault): Promise<number | 'no answer'> {
    return this.#post(body, fault);
  }

  /** Sends a past update once more, with the same bytes. */
  async replay(id: number): Promise<number | 'no answer' | undefined> {
    const update = this.store.tables.updates.find((known) => known.id === id);
    return update && this.#post(update.body, this.faults.on.webhookSignature);
  }

  close(): void {
    this.#closed.abort();
  }

  /** Drops everything under way and is ready again. */
  reset(): void {
    this.close();
    this.#closed = new AbortController();
  }

  #body(invoice: unknown): string {
    const { tables } = this.store;
    // update_id is documented as "non-unique".
    const updateId = this.faults.on.webhookSameUpdateId ? 1 : tables.nextUpdateId++;
    return toSignedJson({
      update_id: updateId,
      update_type: 'invoice_paid',
      request_date: new Date(this.clock.now()).toISOString(),
      payload: invoice,
    });
  }

  #schedule(update: StoredUpdate, at: number): void {
    update.state = 'waiting';
    update.nextAt = at;
    this.clock.at(at, () => void this.#attempt(update));
  }

  async #attempt(update: StoredUpdate): Promise<void> {
    const closed = this.#closed;
    if (closed.signal.aborted) return;
    const status = await this.#post(update.body, this.faults.on.webhookSignature);
    if (closed.signal.aborted) return;
    update.attempts.push({ at: this.clock.now(), status });
    delete update.nextAt;
    const failed = update.attempts.length;
    // Which codes count as received is not published: here every 2xx.
    if (typeof status === 'number' && status >= 200 && status < 300) update.state = 'delivered';
    else if (failed < ATTEMPTS)
      this.#schedule(update, update.createdAt + FIRST_REPEAT_MS * GROWTH ** (failed - 1) * this.options.timeScale);
    else {
      update.state = 'given-up';
      this.store.tables.webhookDisabled = true;
    }
    this.store.touch();
  }

  async #post(body: string, fault: SignatureFault | undefined): Promise<number | 'no answer'> {
    const { webhookUrl } = this.store.tables;
    if (webhookUrl === null) return 'no answer';
    const headers = signatureHeader(this.options.token, body, fault);
    return postWebhook(webhookUrl, body, { headers, closed: this.#closed.signal });
  }
}
