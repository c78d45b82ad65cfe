import type { LocationWithRoom, ServerTrouble } from '../../domain/catalogue';
import { readVoucherCode } from '../../domain/voucher/code';
import { voucherTerms } from '../../domain/voucher/terms';
import { isClaimableBy, type Voucher, type VoucherPlace } from '../../domain/voucher/voucher';
import { fingerprintOf } from '../../messages/fingerprint';
import type { VoucherAnswer } from '../../messages/screens/voucher';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import { unlessAway } from '../../storage/redis/errors';
import type { CachedQueries } from '../cachedQueries';
import { expectsText, IDLE } from '../dialog';
import type { BotDeps, Log } from '../ports';
import { locationsWithRoom } from './locationsWithRoom';
import { askIn, type AskedMessage } from './takenByTemporal';

export interface VoucherDeps extends Pick<
  BotDeps,
  'vouchers' | 'voucherGuesses' | 'grantWorkflows' | 'dialogs' | 'now'
> {
  readonly catalogue: Pick<BotDeps['catalogue'], 'troubles'>;
  readonly cachedQueries: Pick<CachedQueries, 'locations' | 'servers' | 'subscriptionsOf'>;
  readonly log: Log;
}

/** What a code means to the person who has it. */
export type VoucherLook =
  | {
      readonly look: 'offer';
      readonly voucher: Voucher;
      readonly subscriptions: readonly SubscriptionView[];
      readonly places: readonly LocationWithRoom[];
      readonly troubles: ReadonlyMap<string, ServerTrouble>;
    }
  /** See `voucherAnswerScreen`. */
  | { readonly look: 'answer'; readonly answer: VoucherAnswer }
  | { readonly look: 'locked'; readonly retryAfterMs: number };

/** Why a code that is right gives nothing to this person; `undefined`: what they are told of a wrong one. */
function answerTo(
  userId: number,
  { status, claimedBy, giverId, returnedAt, isRefunded }: Voucher,
): VoucherAnswer | undefined {
  if (status === 'claimed' && claimedBy === userId) return isRefunded ? 'revoked' : 'yours';
  if (status === 'claimed') return 'claimed';
  if (giverId === null) return undefined;
  if (status === 'refunded') return 'refunded';
  return returnedAt === null ? undefined : 'returned';
}

export type Vouchers = ReturnType<typeof createVouchers>;

/** What people can do with a voucher's code. Who gets what it gives the worker decides; here it is only looked up. */
export function createVouchers({
  vouchers,
  grantWorkflows,
  dialogs,
  catalogue,
  cachedQueries,
  voucherGuesses,
  now,
  log,
}: VoucherDeps) {
  /** In a private chat the chat's id is the user's. */
  const keyOf = (userId: number) => ({ chatId: userId, userId });

  /**
   * Everything that claims to be a code comes through here, so that every wrong one is counted. While Redis is away
   * none is: 80 bits are not guessed.
   */
  async function find(userId: number, text: string): Promise<Voucher | Exclude<VoucherLook, { look: 'offer' }>> {
    const retryAfterMs = await unlessAway(voucherGuesses.lockedForMs(userId), 0);
    if (retryAfterMs > 0) return { look: 'locked', retryAfterMs };
    const code = readVoucherCode(text);
    const voucher = code === undefined ? undefined : await vouchers.byCode(code);
    if (voucher && isClaimableBy(userId, voucher, now()))
      return (await vouchers.hasAnotherOf(voucher, userId)) ? { look: 'answer', answer: 'one-each' } : voucher;
    const answer = voucher && answerTo(userId, voucher);
    if (answer) return { look: 'answer', answer };
    const lockedMs = await unlessAway(voucherGuesses.wrong(userId), 0);
    return lockedMs > 0 ? { look: 'locked', retryAfterMs: lockedMs } : { look: 'answer', answer: 'unknown' };
  }

  async function look(userId: number, text: string): Promise<VoucherLook> {
    const voucher = await find(userId, text);
    return 'look' in voucher ? voucher : offer(userId, voucher);
  }

  async function offer(userId: number, voucher: Voucher): Promise<VoucherLook> {
    const own = await cachedQueries.subscriptionsOf(userId);
    const subscriptions = own.filter(({ status, isPanelGone }) => status !== 'pending' && !isPanelGone);
    const places = await locationsWithRoom(cachedQueries, null);
    return { look: 'offer', voucher, subscriptions, places, troubles: await catalogue.troubles() };
  }

  return {
    look,

    /** The next text of this person is a code. */
    enter: (userId: number): Promise<void> => dialogs.write(keyOf(userId), { name: 'entering-voucher' }),

    /** @returns `undefined`: it is no code and none was asked for, or something else was asked for */
    async entered(userId: number, text: string): Promise<VoucherLook | undefined> {
      const dialog = await unlessAway(dialogs.read(keyOf(userId)), undefined);
      const isAsked = dialog?.state.name === 'entering-voucher';
      const isForAnother = !isAsked && dialog !== undefined && expectsText(dialog.state);
      if (isForAnother || (!isAsked && readVoucherCode(text) === undefined)) return undefined;
      const found = await look(userId, text);
      // After a wrong one the next text is a code, too.
      if (isAsked && found.look === 'offer') await dialogs.write(keyOf(userId), IDLE);
      return found;
    },

    /**
     * A second tap finds what was given at the first. Where it gives something else than the screen showed, it is
     * offered anew.
     * @param wanted `shown`: the fingerprint of what the screen showed
     * @param message where it is asked for
     */
    async claim(
      userId: number,
      wanted: { readonly code: string; readonly place: VoucherPlace; readonly shown: string },
      message: AskedMessage,
    ): Promise<VoucherLook | { look: 'asked' }> {
      const voucher = await find(userId, wanted.code);
      if ('look' in voucher) return voucher;
      const terms = voucherTerms(voucher);
      if (fingerprintOf(terms) !== wanted.shown) return offer(userId, voucher);
      const asked = { kind: 'gift', source: voucher.id, userId, askedAt: now().getTime() } as const;
      const request = { ...asked, place: wanted.place, terms };
      const ask = (messageId: number): Promise<unknown> => grantWorkflows.ask(request, messageId);
      await askIn(message, ask, log, 'a voucher could not be claimed');
      return { look: 'asked' };
    },
  };
}
