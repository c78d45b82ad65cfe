import { z } from 'zod';

/** What the desk has asked somebody to write; their next text is it. */
export const deskDialogSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('idle') }),
  z.object({ name: z.literal('searching') }),
  z.object({ name: z.literal('noting'), userId: z.int() }),
  /** Why these days are given is asked for; then they are shown to be confirmed, and the next text is no answer. */
  z.object({ name: z.literal('giving-days'), subscriptionId: z.uuid(), days: z.int() }),
  z.object({
    ...{ name: z.literal('days-sure'), source: z.uuid(), subscriptionId: z.uuid(), userId: z.int() },
    ...{ days: z.int(), reason: z.string(), shownEnd: z.int() },
  }),
]);
export type DeskDialogState = z.infer<typeof deskDialogSchema>;

/** Whether the next text is what the desk has asked for. */
export function isAsked({ name }: DeskDialogState): boolean {
  return name !== 'idle' && name !== 'days-sure';
}

export const DESK_DIALOG_VERSION = 1;
export const DESK_IDLE: DeskDialogState = { name: 'idle' };

/** A question that was left alone for so long is forgotten: a text after that is a search. */
export const DESK_DIALOG_SECONDS = 600;
