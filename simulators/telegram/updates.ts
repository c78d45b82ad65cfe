import type { Update } from '@grammyjs/types';
import { conflict } from './failure';
import type { PendingUpdate, State } from './state';

const DAY_MS = 24 * 3600_000;
/** A query that asks before a payment waits in the queue for 150 s (source: tdlib/telegram-bot-api). */
const PRE_CHECKOUT_LIFE_MS = 150_000;
/** Left out unless asked for by name (source: Bot API reference, getUpdates allowed_updates). */
const NOT_BY_DEFAULT = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);
/** The server cuts longer waits to this (source: tdlib/telegram-bot-api). */
const MAX_TIMEOUT_SECONDS = 50;

interface WaitingPoll {
  readonly offset: number;
  readonly limit: number;
  readonly timer: NodeJS.Timeout;
  resolve(updates: Update[]): void;
  reject(reason: Error): void;
}

export type UpdateContent = Omit<Update, 'update_id'>;

/** The queue of one bot. An update leaves it only when a later offset or a webhook's 2xx confirms it. */
export class UpdateQueue {
  private waiting: WaitingPoll | undefined;

  constructor(
    private readonly state: () => State,
    private readonly hooks: { changed(): void; pushed(): void; duplicates(): boolean; now(): number },
  ) {}

  push(content: UpdateContent): void {
    const state = this.state();
    const type = Object.keys(content)[0] ?? '';
    const allowed = state.allowedUpdates.length > 0 ? state.allowedUpdates.includes(type) : !NOT_BY_DEFAULT.has(type);
    if (!allowed) return;
    state.updates.push({
      update: { update_id: state.nextUpdateId++, ...content } as Update,
      at: this.hooks.now(),
      attempts: 0,
      notBefore: 0,
    });
    this.hooks.changed();
    this.wakePoll();
    this.hooks.pushed();
  }

  /** Omitted keeps the last setting, empty means the default set. */
  setAllowed(types: readonly string[] | undefined): void {
    if (types !== undefined) this.state().allowedUpdates = [...types];
  }

  pending(): PendingUpdate[] {
    const state = this.state();
    const now = this.hooks.now();
    const isKept = ({ update, at }: PendingUpdate) =>
      at >= now - (update.pre_checkout_query ? PRE_CHECKOUT_LIFE_MS : DAY_MS);
    if (!state.updates.every(isKept)) state.updates = state.updates.filter(isKept);
    return state.updates;
  }

  confirm(updateId: number): void {
    const state = this.state();
    state.updates = state.updates.filter((u) => u.update.update_id !== updateId);
    this.hooks.changed();
  }

  clear(): void {
    this.state().updates = [];
    this.hooks.changed();
  }

  /**
   * getUpdates. An offset confirms everything before it; a negative one keeps only that many of the last updates; one
   * far in the future is ignored. A call that has to wait ends the one already waiting with 409: the newest poller
   * wins. A caller that hangs up meanwhile loses nothing: only the next offset confirms what was returned.
   *
   * @param timeout seconds
   */
  async poll(offset: number, limit: number, timeout: number): Promise<Update[]> {
    const state = this.state();
    const from = offset > state.nextUpdateId + 10 ? 0 : offset;
    const before = this.pending();
    if (from < 0) state.updates = before.slice(from);
    else if (from > 0) state.updates = before.filter((u) => u.update.update_id >= from);
    if (state.updates.length !== before.length) this.hooks.changed();
    const ready = this.take(from, limit);
    if (ready.length > 0 || timeout <= 0) return ready;
    this.endWaiting('terminated by other getUpdates request; make sure that only one bot instance is running');
    return new Promise<Update[]>((resolve, reject) => {
      const timer = setTimeout(() => this.settle(poll, []), Math.min(timeout, MAX_TIMEOUT_SECONDS) * 1000);
      const poll: WaitingPoll = { offset: from, limit, timer, resolve, reject };
      this.waiting = poll;
    });
  }

  /** Ends the waiting poll with 409, as setWebhook and a second poller do. */
  endWaiting(reason: string): void {
    const poll = this.waiting;
    if (!poll) return;
    this.waiting = undefined;
    clearTimeout(poll.timer);
    poll.reject(conflict(reason));
  }

  /** Ends the waiting poll with no updates (stop of the stand-in). */
  release(): void {
    if (this.waiting) this.settle(this.waiting, []);
  }

  private wakePoll(): void {
    if (this.waiting) this.settle(this.waiting, this.take(this.waiting.offset, this.waiting.limit));
  }

  private settle(poll: WaitingPoll, updates: Update[]): void {
    if (this.waiting !== poll) return;
    this.waiting = undefined;
    clearTimeout(poll.timer);
    poll.resolve(updates);
  }

  private take(offset: number, limit: number): Update[] {
    const updates = this.pending()
      .map((u) => u.update)
      .filter((u) => u.update_id >= offset)
      .slice(0, limit);
    return this.hooks.duplicates() ? updates.flatMap((u) => [u, u]) : updates;
  }
}
