import type { Update } from '@grammyjs/types';
import { STATUS_CODES } from 'node:http';
import type { PendingUpdate, Webhook } from './state';
import type { UpdateQueue } from './updates';

const READ_TIMEOUT_MS = 60_000;
const MAX_DELAY_FACTOR = 60;

interface WebhookPort {
  webhook(): Webhook | null;
  readonly queue: UpdateQueue;
  isDown(): boolean;
  duplicates(): boolean;
  changed(): void;
  /** A method call sent as the body of the bot's 200 ("webhook reply"). */
  reply(body: Record<string, unknown>): void;
}

/** Updates of one chat go out one after the other; of different chats side by side. */
function orderKey(update: Update): string {
  const chat = update.message?.chat ?? update.callback_query?.message?.chat ?? update.my_chat_member?.chat;
  return String(chat?.id ?? update.callback_query?.from.id ?? update.update_id);
}

/**
 * Delivers the queue to the webhook. Anything but 2xx is tried again: at once, then after 2, 4, 8… × `retryBaseMs`, or
 * after the `Retry-After` that the bot asked for; later updates of the same chat wait behind it (source:
 * tdlib/telegram-bot-api).
 */
export class WebhookSender {
  private readonly busy = new Set<string>();
  private readonly aborts = new Set<AbortController>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly port: WebhookPort,
    private readonly retryBaseMs: number,
  ) {}

  pump(): void {
    const hook = this.port.webhook();
    if (this.stopped || !hook) return;
    clearTimeout(this.timer);
    if (this.port.isDown()) return this.pumpIn(50);
    const now = Date.now();
    const seen = new Set<string>();
    let next = Infinity;
    for (const pending of this.port.queue.pending()) {
      const key = orderKey(pending.update);
      const first = !seen.has(key);
      seen.add(key);
      if (!first || this.busy.has(key)) continue;
      if (pending.notBefore > now) next = Math.min(next, pending.notBefore);
      else if (this.busy.size < hook.maxConnections) void this.deliver(hook, key, pending);
    }
    if (next !== Infinity) this.pumpIn(next - now);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    for (const abort of this.aborts) abort.abort();
  }

  private pumpIn(ms: number): void {
    this.timer = setTimeout(() => this.pump(), Math.max(1, ms));
    this.timer.unref();
  }

  private async deliver(hook: Webhook, key: string, pending: PendingUpdate): Promise<void> {
    this.busy.add(key);
    const outcome = await this.post(hook, pending.update);
    if (outcome.ok && this.port.duplicates()) await this.post(hook, pending.update);
    this.busy.delete(key);
    if (this.stopped) return;
    if (outcome.ok) {
      this.port.queue.confirm(pending.update.update_id);
    } else {
      hook.lastErrorDate = Math.floor(Date.now() / 1000);
      hook.lastErrorMessage = outcome.error;
      const backoff = pending.attempts === 0 ? 0 : Math.min(2 ** pending.attempts, MAX_DELAY_FACTOR) * this.retryBaseMs;
      pending.notBefore = Date.now() + (outcome.retryAfterMs ?? backoff);
      pending.attempts += 1;
      this.port.changed();
    }
    this.pump();
  }

  private async post(
    hook: Webhook,
    update: Update,
  ): Promise<{ ok: true } | { ok: false; error: string; retryAfterMs?: number }> {
    const abort = new AbortController();
    this.aborts.add(abort);
    const limit = setTimeout(() => abort.abort(), READ_TIMEOUT_MS);
    try {
      const response = await fetch(hook.url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          ...(hook.secretToken === undefined ? {} : { 'x-telegram-bot-api-secret-token': hook.secretToken }),
        },
        body: JSON.stringify(update),
        signal: abort.signal,
      });
      const text = await response.text();
      if (!response.ok) {
        const seconds = Number(response.headers.get('retry-after') ?? 0);
        const error = `Wrong response from the webhook: ${response.status} ${response.statusText || STATUS_CODES[response.status] || ''}`;
        return { ok: false, error, ...(seconds > 0 ? { retryAfterMs: Math.min(seconds, 3600) * 1000 } : {}) };
      }
      this.takeReply(text);
      return { ok: true };
    } catch {
      return { ok: false, error: abort.signal.aborted ? 'Read timeout expired' : 'Connection refused' };
    } finally {
      clearTimeout(limit);
      this.aborts.delete(abort);
    }
  }

  private takeReply(text: string): void {
    if (!text.startsWith('{')) return;
    try {
      const body = JSON.parse(text) as Record<string, unknown>;
      const method = typeof body['method'] === 'string' ? body['method'].toLowerCase() : '';
      // Telegram ignores everything in a reply that would need an answer, and changes of the webhook itself.
      if (method !== '' && !method.startsWith('get') && !/^(set|delete)webhook$|^close$|^logout$/.test(method))
        this.port.reply(body);
    } catch {
      // Not a call: any 2xx confirms the update, whatever its body.
    }
  }
}
