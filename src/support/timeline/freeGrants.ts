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
    sent: 'sent',
    notSent: 'not sent',
    workflow: 'workflow',
  },
  ru: {
    head: 'Дано бесплатно',
    given: 'дан',
    made: 'ключ сделан',
    notMade: 'панель ещё не сделала ключ',
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
    const key =
      one.deliveredAt === null
        ? words.notMade
        : `${words.made} ${stamp(one.deliveredAt)}, ${one.keySentAt === null ? words.notSent : `${words.sent} ${stamp(one.keySentAt)}`}`;
    const until = `${one.subscriptionId} ${one.status}, ${one.serverCode}, ${stamp(one.startsAt)} – ${stamp(one.expiresAt)}`;
    return `  ${one.kind} (${one.userId}): ${words.given} ${stamp(one.givenAt)}; ${key}\n    ${until}; ${words.workflow} ${grantWorkflowId(one)}`;
  });
  return [words.head, ...lines].join('\n');
}
