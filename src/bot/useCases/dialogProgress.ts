import { unlessAway } from '../../storage/redis/errors';
import type { Sessions, SessionSettings } from '../../storage/redis/sessions';
import type { DialogState } from '../dialog';
import type { Dialogs } from '../ports';

/** What a buyer had chosen before their dialog expired. */
export type UnfinishedPurchase = NonNullable<SessionSettings['unfinishedPurchase']>;

export type DialogProgress = ReturnType<typeof createDialogProgress>;

/**
 * Where a buyer is in the purchase dialog. The dialog itself expires after an hour; what was chosen so far is also kept
 * in the session, for days, so that `/start` can offer to continue.
 */
export function createDialogProgress({
  dialogs,
  sessions,
}: {
  dialogs: Dialogs;
  sessions: Pick<Sessions, 'get' | 'patchSettings'>;
}) {
  /** In a private chat the chat's id is the user's. */
  const keyOf = (userId: number) => ({ chatId: userId, userId });

  const saveUnfinished = (userId: number, state: DialogState): Promise<void> =>
    sessions.patchSettings(userId, { unfinishedPurchase: choicesOf(state) });

  return {
    /** Sets the state whatever it was before: for commands and the first button of a dialog. */
    async begin(userId: number, state: DialogState): Promise<void> {
      await Promise.all([dialogs.write(keyOf(userId), state), saveUnfinished(userId, state)]);
    },

    /**
     * Goes from one state to the next, unless the dialog changed since `from` was read. The chat lock normally prevents
     * that, but a replica that was suspended can lose the lock.
     * @returns whether the dialog is in the next state now
     */
    async advance(userId: number, from: DialogState, next: DialogState): Promise<boolean> {
      let moved = false;
      const move = (state: DialogState): DialogState | undefined => {
        moved = JSON.stringify(state) === JSON.stringify(from);
        return moved ? next : undefined;
      };
      await dialogs.update(keyOf(userId), move, from);
      if (moved) await saveUnfinished(userId, next);
      return moved;
    },

    /** The state to continue from. A dialog that has expired or can't be read is cleared, so that this is told once. */
    async current(userId: number): Promise<DialogState> {
      const { state, status, expired } = await dialogs.read(keyOf(userId));
      if (expired || status === 'unreadable') await dialogs.clear(keyOf(userId));
      return state;
    },

    /** Leaves whatever was being chosen; it can be continued later. */
    leaveFor: (userId: number, state: DialogState): Promise<void> => dialogs.write(keyOf(userId), state),

    /** The state as it is, without clearing anything. */
    peek: async (userId: number): Promise<DialogState> => (await dialogs.read(keyOf(userId))).state,

    async isUnfinished(userId: number): Promise<boolean> {
      const dialog = await unlessAway(dialogs.read(keyOf(userId)), undefined);
      const isCode = dialog?.state.name === 'entering-promo' || dialog?.state.name === 'entering-voucher';
      const isOver = dialog === undefined || dialog.state.name === 'idle' || isAskedFor(dialog.state);
      if (!isOver && !isCode) return true;
      return (await sessions.get(userId)).settings.unfinishedPurchase !== undefined;
    },

    unfinished: async (userId: number): Promise<UnfinishedPurchase | undefined> =>
      (await sessions.get(userId)).settings.unfinishedPurchase,

    dropUnfinished: (userId: number): Promise<void> =>
      sessions.patchSettings(userId, { unfinishedPurchase: undefined }),

    async cancel(userId: number): Promise<void> {
      await unlessAway(dialogs.clear(keyOf(userId)), undefined);
      await sessions.patchSettings(userId, { unfinishedPurchase: undefined });
    },
  };
}

/** Whether it confirms what costs nothing, and that was asked for. */
function isAskedFor(state: DialogState): boolean {
  return state.name === 'confirming' && state.isAskedFor === true;
}

/** What of a state is worth continuing: nothing before a location was chosen. */
function choicesOf(state: DialogState): UnfinishedPurchase | undefined {
  if (!('locationCode' in state) || isAskedFor(state)) return undefined;
  if (state.name === 'choosing-server') return { locationCode: state.locationCode };
  const { locationCode, serverCode, renewsSubscriptionId } = state;
  return {
    locationCode,
    serverCode,
    ...(renewsSubscriptionId === null ? {} : { renewsSubscriptionId }),
    ...(state.name === 'confirming' || state.name === 'giving-contact' ? { planCode: state.planCode } : {}),
  };
}
