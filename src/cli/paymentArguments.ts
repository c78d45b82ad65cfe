/** The arguments of `npm run payment`. */
import { userInfo } from 'node:os';
import { readReference } from '../support/reference';
import type { OperatorDecision } from '../workflows/contracts/payment';

export const USAGE = `Usage:
  npm run payment -- show ID               the whole timeline; ID: payment, the order number of the chat,
                                           the provider's payment or refund, or Telegram user;
                                           or grant-..., the workflow of what costs nothing
  npm run payment -- retry ID [--yes]      do the next step now; starts the workflow again if it does not run
  npm run payment -- deliver ID [--yes]    deliver although the amount is not the order's
  npm run payment -- refund ID [--amount 99.50] [--yes]
                                           refund; after the delivery a part of the money shortens the access by its share
  npm run payment -- close ID [--yes]      the money was refunded by other means: stop asking the provider for it; or close an
                                           order whose payment its provider does not know; or give up a grant-... that can't be recorded
  npm run payment -- unexplained           sums at providers that the database does not explain
  npm run payment -- resolve ID [--yes]    one of those is explained now; ID: the provider's
--yes decides without asking, --as NAME names who decides in the audit log. Exit codes: 0 done, 1 not done, 2 wrong arguments.`;

export const WHAT_IT_DOES: Readonly<Record<OperatorDecision, string>> = {
  retry: 'The next step is tried at once.',
  deliver: 'The key is made although the money does not match the order.',
  refund: 'The money goes back, and the access that it bought is taken with it. This cannot be undone.',
  close: 'The refund counts as made by other means; the provider is not asked again.',
};

/** The same of a payment that its provider does not know. */
export const WHAT_IT_DOES_UNKNOWN: Readonly<Partial<Record<OperatorDecision, string>>> = {
  retry: 'The provider is asked again.',
  close:
    'The order is closed: nothing is delivered or refunded for it, and the buyer can order again. ' +
    "Look into the shop's cabinet first whether it was paid.",
};

const DECISIONS = Object.keys(WHAT_IT_DOES);

export interface PaymentArguments {
  readonly command: string;
  readonly id: string | undefined;
  readonly yes: boolean;
  readonly actor: string;
  /** Amount of a refund; `null`: all that is left. */
  readonly kopecks: number | null;
}

/** @returns `undefined` for arguments that make no command */
export function parsePaymentArguments(given: readonly string[]): PaymentArguments | undefined {
  const plain: string[] = [];
  const options: Record<string, string> = {};
  let yes = false;
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at]!;
    if (word === '--yes') yes = true;
    else if (word === '--as' || word === '--amount') options[word] = given[(at += 1)] ?? '';
    else if (word.startsWith('--')) return undefined;
    else plain.push(word);
  }
  const [command, ...words] = plain;
  // "Order 0b9f6b3e", as it is copied from a chat, names one thing in two words.
  const rest = readReference(words.join(' ')).orderNumbers.length === 1 ? [] : words.slice(1);
  const id = rest.length === 0 && words.length > 0 ? words.join(' ') : words[0];
  const amount = options['--amount'];
  const roubles = amount === undefined ? undefined : /^(\d{1,6})(?:\.(\d{2}))?$/.exec(amount);
  if (
    command === undefined ||
    !isCommand(command, id) ||
    rest.length > 0 ||
    roubles === null ||
    (roubles && command !== 'refund')
  )
    return undefined;
  return {
    command,
    id,
    yes,
    actor: `operator:${options['--as'] || userInfo().username}`,
    kopecks: roubles ? Number(roubles[1]) * 100 + Number(roubles[2] ?? 0) : null,
  };
}

function isCommand(command: string, id: string | undefined): boolean {
  if (command === 'unexplained') return id === undefined;
  return id !== undefined && ['show', 'resolve', ...DECISIONS].includes(command);
}
