import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Cancellation {
  readonly party: string;
  readonly reason: string;
}

export interface StoredPayment {
  readonly id: string;
  status: 'pending' | 'waiting_for_capture' | 'succeeded' | 'canceled';
  amountKopecks: number;
  readonly currency: string;
  readonly description?: string;
  readonly createdAt: number;
  capturedAt?: number;
  /** When a hold ends; a pending payment has no such field in the real object either. */
  expiresAt?: number;
  readonly capture: boolean;
  readonly confirmation?: { readonly type: string; readonly return_url?: string; readonly enforce?: boolean };
  readonly metadata: Readonly<Record<string, string | null>>;
  readonly merchantCustomerId?: string;
  /** Whether the way to pay is kept for later payments. */
  readonly saving: 'yes' | 'no' | 'buyer-decides';
  /** The saved method that pays it without the buyer. */
  readonly savedMethodId?: string;
  paymentMethod?: Record<string, unknown>;
  authorization?: Record<string, unknown>;
  cancellation?: Cancellation;
  refundedKopecks: number;
  readonly hasReceipt: boolean;
  receiptRegistration?: 'pending' | 'succeeded' | 'canceled';
}

/** A saved card. The API has no call to delete it: a shop forgets the id. */
export interface StoredMethod {
  readonly id: string;
  readonly number: string;
  /** Its buyer has withdrawn the permission. */
  isRevoked?: true;
  /** Why the bank declines the next charges; for good unless `times` counts down. */
  decline?: { readonly reason: string; readonly times?: number };
}

export interface StoredRefund {
  readonly id: string;
  readonly paymentId: string;
  status: 'pending' | 'succeeded' | 'canceled';
  readonly amountKopecks: number;
  readonly currency: string;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string | null>>;
  readonly createdAt: number;
  cancellation?: Cancellation;
  readonly hasReceipt: boolean;
  receiptRegistration?: 'pending' | 'succeeded' | 'canceled';
  /** It ends by the control endpoint only, whatever the switches say. */
  readonly isHeld?: boolean;
}

export interface StoredReceipt {
  readonly id: string;
  readonly createdAt: number;
  body: Readonly<Record<string, unknown>>;
}

export interface IdempotenceRecord {
  readonly hash: string;
  readonly at: number;
  readonly kind: 'payment' | 'refund' | 'receipt' | 'error';
  readonly objectId: string;
  /** The first answer word for word, for the `frozenReplay` and `storeClientErrors` switches. */
  readonly frozen: { readonly status: number; readonly json: unknown };
}

export interface StoredDelivery {
  readonly id: number;
  readonly event: string;
  readonly objectId: string;
  /** The notification as it was at the moment of the event. */
  readonly body: string;
  readonly createdAt: number;
  state: 'held' | 'waiting' | 'delivered' | 'given-up' | 'lost';
  nextAt?: number;
  attempts: { at: number; status: number | 'no answer' }[];
}

interface Snapshot {
  readonly offsetMs: number;
  readonly webhookUrl: string | null;
  readonly payments: StoredPayment[];
  readonly refunds: StoredRefund[];
  readonly receipts: StoredReceipt[];
  readonly methods: [string, StoredMethod][];
  readonly idempotence: [string, IdempotenceRecord][];
  readonly deliveries: StoredDelivery[];
}

const SAVE_DELAY_MS = 100;

/** Everything the shop remembers; with a file, across restarts as well. Faults and the call log are not part of it. */
export class Store {
  readonly payments = new Map<string, StoredPayment>();
  readonly refunds = new Map<string, StoredRefund>();
  readonly receipts = new Map<string, StoredReceipt>();
  /** Saved payment methods (autopayments) by id. */
  readonly methods = new Map<string, StoredMethod>();
  /** By shop and key, oldest first. */
  readonly idempotence = new Map<string, IdempotenceRecord>();
  readonly deliveries: StoredDelivery[] = [];
  webhookUrl: string | null = null;
  offsetMs = 0;

  readonly #file: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
    if (file !== undefined) this.#load(file);
  }

  /** To be called after every change; the file follows within 100 ms. */
  touch(): void {
    if (this.#file !== undefined) this.#timer ??= setTimeout(() => this.flush(), SAVE_DELAY_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#file === undefined) return;
    const snapshot: Snapshot = {
      offsetMs: this.offsetMs,
      webhookUrl: this.webhookUrl,
      payments: [...this.payments.values()],
      refunds: [...this.refunds.values()],
      receipts: [...this.receipts.values()],
      methods: [...this.methods],
      idempotence: [...this.idempotence],
      deliveries: this.deliveries,
    };
    // Written beside and renamed: a kill in the middle leaves the previous state readable.
    writeFileSync(`${this.#file}.tmp`, JSON.stringify(snapshot));
    renameSync(`${this.#file}.tmp`, this.#file);
  }

  clear(): void {
    for (const table of [this.payments, this.refunds, this.receipts, this.methods, this.idempotence]) table.clear();
    this.deliveries.length = 0;
    this.offsetMs = 0;
    this.touch();
  }

  #load(file: string): void {
    mkdirSync(dirname(file), { recursive: true });
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    const saved = JSON.parse(text) as Snapshot;
    this.offsetMs = saved.offsetMs;
    this.webhookUrl = saved.webhookUrl;
    for (const payment of saved.payments) this.payments.set(payment.id, payment);
    for (const refund of saved.refunds) this.refunds.set(refund.id, refund);
    for (const receipt of saved.receipts) this.receipts.set(receipt.id, receipt);
    for (const [id, method] of saved.methods) this.methods.set(id, method);
    for (const [key, record] of saved.idempotence) this.idempotence.set(key, record);
    this.deliveries.push(...saved.deliveries);
  }
}
