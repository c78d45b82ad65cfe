import type { Language } from '../../domain/language';
import { formatMoney } from '../../domain/money';
import type { OwedKey } from '../../storage/postgres/owedKeys';
import type { Anomaly } from '../../storage/postgres/reconciliation';
import { html, plain, t } from '../locales/index';
import { UUID_PATTERN } from '../../domain/uuid';
import { addressLines, button, keyboard, linkButton } from './buttons';
import type { Screen } from './screen';
import { orderNumber, providerName } from './wording';

/** Something of the shop that needs its owner, with the workflow that it is about. */
function ownerNotice(note: string, workflowUrl: string | undefined, language: Language): Screen {
  const link = [plain(language, 'button-workflow'), workflowUrl] as const;
  const text = t(language, 'owner-notice', { note: html(note) });
  return { text: text + addressLines(link), keyboard: keyboard([linkButton(...link)]) };
}

/** Somebody does not have their key. `why`: they can't be written to, or Telegram refuses the message. */
export function keyOwedScreen(
  {
    key: { id, userId, freeKind },
    why,
    workflowUrl,
  }: {
    key: Pick<OwedKey, 'id' | 'userId' | 'freeKind'>;
    why: 'unreachable' | 'refused';
    workflowUrl?: string | undefined;
  },
  language: Language,
): Screen {
  const of = freeKind === null ? 'payment' : 'free';
  return ownerNotice(t(language, 'key-owed', { why, of, id, user: String(userId) }), workflowUrl, language);
}

/** A provider and the database do not say the same about a sum, or a receipt is not made. */
export function anomalyScreen(
  { kind, provider, providerRef, paymentId, amount, workflowUrl }: Anomaly & { workflowUrl?: string | undefined },
  language: Language,
): Screen {
  const at = { kind, provider: providerName(provider, language), providerRef };
  const note = t(language, 'money-anomaly', {
    ...at,
    amount: amount === null ? plain(language, 'money-anomaly-no-amount') : formatMoney(amount, language),
    paymentId: paymentId ?? 'none',
    todo: html(t(language, 'money-anomaly-todo', at)),
  });
  return ownerNotice(note, workflowUrl, language);
}

/** A step is tried again and again and fails. @param told `reason`: what the error is, in its own words */
export function failingStepScreen(
  told: {
    readonly step: string;
    readonly attempt: number;
    readonly reason: string;
    readonly workflowId: string | undefined;
    readonly workflowUrl: string | undefined;
  },
  language: Language,
): Screen {
  const { step, attempt, reason, workflowId = 'none', workflowUrl } = told;
  const note = t(language, 'failing-step', { step, attempts: attempt, reason, workflow: workflowId });
  return ownerNotice(note, workflowUrl, language);
}

/** More buttons than this hide what the message says; the others are found in `/admin`. */
const MOST_PAYMENTS = 8;

/** How the subjects of notifications about a payment begin; other ids in them are a provider's. */
const OF_A_PAYMENT = new RegExp(`^(?:key-owed:)?(${UUID_PATTERN})`);

/** Tells an owner how many messages did not reach them. `subjects` are those of the notifications. */
export function missedNoticesScreen(subjects: readonly string[], language: Language): Screen {
  const payments = [...new Set(subjects.flatMap((subject) => OF_A_PAYMENT.exec(subject)?.[1] ?? []))];
  return {
    text: t(language, 'missed-notices', { count: subjects.length }),
    keyboard: keyboard(
      ...payments.slice(-MOST_PAYMENTS).map((payment) => [
        button(plain(language, 'button-timeline-of', { number: orderNumber(payment) }), {
          do: 'timeline',
          payment,
          page: 0,
        }),
      ]),
    ),
  };
}
