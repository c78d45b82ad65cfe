import { HttpError, type Transformer } from 'grammy';
import { z } from 'zod';

/** The only two forms of an answer (Bot API reference, making requests). */
const answerOfTelegram = z.union([
  z.looseObject({ ok: z.literal(true), result: z.unknown() }).refine((answer) => answer.result !== undefined),
  z.looseObject({ ok: z.literal(false), error_code: z.int(), description: z.string() }),
]);

/**
 * Treats an answer that is not in the Bot API's form, such as a proxy's `{"message": ...}`, as no answer: grammY would
 * make an error without number or text of it, or fail on it.
 */
export function readableAnswers(): Transformer {
  return async (previous, method, payload, signal) => {
    const answer = await previous(method, payload, signal);
    if (answerOfTelegram.safeParse(answer).success) return answer;
    // Without what was answered: it may quote the address, which contains the token.
    throw new HttpError(`'${method}' was not answered by Telegram`, new Error('not an answer of the Bot API'));
  };
}
