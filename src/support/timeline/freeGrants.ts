import type { Language } from '../../domain/language';
import type { GivenToUser } from '../../storage/postgres/freeGrants';
import { grantWorkflowId } from '../../workflows/contracts/grant';
import { stamp } from './render';

const WORDS = {
  en: {
    head: 'Given for nothing',
    given: 'given',
    made: 'key made',
    notMade: 'the panel has not made the key yet',
    revoked: 'revoked before the panel had made the key',
    sent: 'sent',
    notSent: 'not sent',
    workflow: 'workflow',
  },
  ru: {
    head: 'Дано бесплатно',
    given: 'дан',
    made: 'ключ сделан',
    notMade: 'панель ещё не сделала ключ',
    revoked: 'отозван раньше, чем панель сделала ключ',
    sent: 'отправлен',
    notSent: 'не отправлен',
    workflow: 'процесс',
  },
} as const satisfies Record<Language, unknown>;

/** What somebody was given for nothing, as text for a terminal or a chat; empty for nothing. Times are UTC. */
export function renderFreeGrants(given: readonly GivenToUser[], language: Language): string {
  if (given.length === 0) return '';
  const words = WORDS[language];
  const lines = given.map((one) => {
    const until = `${one.subscriptionId} ${one.status}, ${one.serverCode}, ${stamp(one.startsAt)} – ${stamp(one.expiresAt)}`;
    return `  ${one.kind} (${one.userId}): ${words.given} ${stamp(one.givenAt)}; ${keyOf(one, words)}\n    ${until}; ${words.workflow} ${grantWorkflowId(one)}`;
  });
  return [words.head, ...lines].join('\n');
}

function keyOf(
  { grantStatus, makesKey, deliveredAt, keySentAt }: GivenToUser,
  words: (typeof WORDS)[Language],
): string {
  if (deliveredAt === null) return grantStatus === 'revoked' ? words.revoked : words.notMade;
  const made = `${words.made} ${stamp(deliveredAt)}`;
  if (!makesKey) return made;
  return `${made}, ${keySentAt === null ? words.notSent : `${words.sent} ${stamp(keySentAt)}`}`;
}
