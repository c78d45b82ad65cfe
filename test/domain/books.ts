/** Books of grants for tests: entries with ids, in the words of what happened. */
import { DAY_MS } from '../../src/domain/duration';
import {
  delayEntry,
  grantEntry,
  refundEntry,
  usageEntry,
  type BookEntry,
  type FreeKind,
} from '../../src/domain/bookEntry';
import { aheadOf } from '../../src/domain/bookTraffic';
import { foldBook, grantOfSource, type GrantInBook } from '../../src/domain/grantBook';
import type { Access } from '../../src/domain/refund';

export const NOW = new Date('2026-03-10T10:00:00Z');
/** Days from `NOW`. */
export const day = (count: number) => new Date(NOW.getTime() + count * DAY_MS);

/** A book under construction: what happens is appended to it, and is known by the name of the payment. */
export function createBook() {
  const entries: BookEntry[] = [];
  const delivered = new Set<string>();
  const add = (entry: BookEntry) => void entries.push({ ...entry, id: entries.length + 1 });
  const book = () => foldBook(entries);
  const grant = (source: string): GrantInBook => grantOfSource(book(), source);

  return {
    entries,
    book,
    grant,
    delivered,
    /** Days and GiB (`null`: unlimited) that were paid for at a moment; the first ones make the subscription. */
    pay(source: string, at: Date, plan: { days: number; gb: number | null }, usedGb: number | null = null): void {
      add(
        grantEntry(
          {
            kind: entries.length === 0 ? 'purchase' : 'renewal',
            source,
            at,
            usedGb,
            kopecks: 10_000,
            currency: 'RUB',
            planCode: source,
          },
          { days: plan.days, trafficGb: plan.gb },
        ),
      );
    },
    /** Days of a promo code, right after what was paid for. */
    give(source: string, at: Date, days: number, isUnlimited: boolean, usedGb: number | null = null): void {
      add(
        grantEntry(
          { kind: 'promo', source, at, usedGb, kopecks: 0, planCode: source },
          { days, trafficGb: isUnlimited ? null : 0 },
        ),
      );
    },
    /** What cost nothing: as the first grant, or added to what there is. */
    given(
      kind: FreeKind,
      source: string,
      at: Date,
      plan: { days: number; gb: number | null },
      { usedGb = null, endsWithPurchase = false }: { usedGb?: number | null; endsWithPurchase?: boolean } = {},
    ): void {
      add(
        grantEntry(
          {
            ...{ kind, source, at, usedGb, kopecks: 0, planCode: kind },
            endsWithPurchase: endsWithPurchase && kind === 'trial',
          },
          { days: plan.days, trafficGb: plan.gb },
        ),
      );
    },
    /** The delivery: within a minute of the money, or late, at `lateAt`. */
    deliver(source: string, lateAt?: Date): void {
      delivered.add(source);
      if (lateAt !== undefined) add(delayEntry(grant(source).entry, lateAt));
    },
    /** A refund that revokes this much, as far as it is still ahead; by default all. @returns what was revoked */
    refund(source: string, at: Date, usedGb: number | null = null, wanted?: Access): Access {
      const of = grant(source);
      const ahead = aheadOf(book(), of, { now: at, usedGb, isDelivered: delivered.has(source) });
      const { ms, gb } = wanted ?? of;
      const taken = { ms: Math.min(ms, ahead.ms), gb: Math.min(gb, ahead.gb) };
      const money = { kopecks: 100, whole: wanted === undefined };
      add(refundEntry(of.entry, { ...taken, ...money }, { source: `refund ${entries.length}`, at, usedGb }));
      return taken;
    },
    /** Unlimited time is over. */
    limit(at: Date, usedGb: number): void {
      add(usageEntry({ source: `usage ${entries.length}`, at, usedGb }));
    },
  };
}
