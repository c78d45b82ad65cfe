import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface InvoicePayment {
  readonly asset: string;
  readonly amount: string;
  /** Price of one unit of the asset in the invoice's fiat. */
  readonly fiatRate?: string;
  readonly usdRate: string;
  readonly fee: string;
  readonly at: number;
  readonly anonymously: boolean;
  readonly comment?: string;
  readonly swapped?: { readonly output: string; readonly rate: string } | 'failed';
}

export interface StoredInvoice {
  readonly id: number;
  readonly hash: string;
  readonly currencyType: 'crypto' | 'fiat';
  readonly asset?: string;
  readonly fiat?: string;
  readonly acceptedAssets?: readonly string[];
  /** As it was asked for. */
  readonly amount: string;
  readonly swapTo?: string;
  /** `description`, `hidden_message`, `payload`, `paid_btn_name`, `paid_btn_url`, as they were given. */
  readonly texts: Readonly<Record<string, string>>;
  readonly allowComments: boolean;
  readonly allowAnonymous: boolean;
  readonly createdAt: number;
  readonly expiresAt?: number;
  paid?: InvoicePayment;
  /** It vanished from every list. */
  deleted?: true;
}

export interface StoredTransfer {
  readonly id: number;
  readonly spendId: string;
  readonly userId: number;
  readonly asset: string;
  readonly amount: string;
  readonly comment?: string;
  readonly at: number;
}

export interface StoredCheck {
  readonly id: number;
  readonly hash: string;
  readonly asset: string;
  readonly amount: string;
  readonly pinnedTo?: string;
  readonly createdAt: number;
  activatedAt?: number;
}

export interface StoredUpdate {
  readonly id: number;
  readonly invoiceId: number;
  /** The bytes that are signed and sent. */
  readonly body: string;
  readonly createdAt: number;
  nextAt?: number;
  state: 'waiting' | 'delivered' | 'given-up' | 'lost';
  readonly attempts: { readonly at: number; readonly status: number | 'no answer' }[];
}

export interface Tables {
  offsetMs: number;
  webhookUrl: string | null;
  /** After 17 failed attempts the service switches the webhook off until the owner sets it anew. */
  webhookDisabled: boolean;
  nextId: number;
  nextUpdateId: number;
  invoices: StoredInvoice[];
  transfers: StoredTransfer[];
  checks: StoredCheck[];
  updates: StoredUpdate[];
  /** Available money by asset. */
  balance: Record<string, string>;
  /** Prices of one unit in roubles that `PUT /_sim/rates` set. */
  rates: Record<string, string>;
  /** People who never opened the bot, so that nothing can be sent to them. */
  strangers: number[];
}

function empty(): Tables {
  return {
    offsetMs: 0,
    webhookUrl: null,
    webhookDisabled: false,
    nextId: 500_001,
    nextUpdateId: 1,
    invoices: [],
    transfers: [],
    checks: [],
    updates: [],
    balance: {},
    rates: {},
    strangers: [],
  };
}

const SAVE_DELAY_MS = 100;

/** Everything the app remembers; with a file, across restarts as well. Faults and the call log are not part of it. */
export class Store {
  tables = empty();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly file: string | undefined) {
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    try {
      this.tables = { ...this.tables, ...(JSON.parse(readFileSync(file, 'utf8')) as Tables) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** To be called after every change; the file follows within 100 ms. */
  touch(): void {
    if (this.file !== undefined) this.#timer ??= setTimeout(() => this.flush(), SAVE_DELAY_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.file === undefined) return;
    // Written beside and renamed: a kill in the middle leaves the previous state readable.
    writeFileSync(`${this.file}.tmp`, JSON.stringify(this.tables));
    renameSync(`${this.file}.tmp`, this.file);
  }

  clear(): void {
    this.tables = empty();
    this.touch();
  }

  /** The number of the next invoice, transfer or check. */
  nextId(): number {
    return this.tables.nextId++;
  }
}
