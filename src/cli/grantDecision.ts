import { grantCaseId, type GrantCase } from '../domain/freeGrant';
import type { GrantSupport } from '../support/grantSupport';
import type { PaymentArguments } from './paymentArguments';

const WHAT_IT_DOES = {
  retry: 'The next step is tried at once.',
  close: 'Nothing is given; what it was for is not used up, and it can be asked for again.',
} as const;

/** `npm run payment -- show|retry|close grant-...`: what costs nothing, by the id of its workflow. */
export async function carryOutGrant(
  grants: GrantSupport,
  of: GrantCase,
  { command, yes, actor }: PaymentArguments,
  confirmed: () => Promise<boolean>,
): Promise<number> {
  const { progress, given, options } = await grants.standing(of, 'en');
  const state = progress ? `${progress.status}, ${progress.note}` : 'no workflow is known, or Temporal does not answer';
  const brief = `${grantCaseId(of)}: ${state}`;
  if (command === 'show') {
    console.log([brief, given].filter((part) => part !== '').join('\n\n'));
    return 0;
  }
  if ((command !== 'retry' && command !== 'close') || !options.includes(command)) {
    console.error(`${brief}\n"${command}" does not apply to it now.`);
    return 1;
  }
  console.log(`${brief}\n${command}: ${WHAT_IT_DOES[command]}`);
  if (!yes && !(await confirmed())) {
    console.log('Nothing was decided.');
    return 1;
  }
  const decided = await grants.decide(of, command, actor);
  if (decided === 'sent') {
    console.log(`Sent, written to the audit log as ${actor}. The outcome: npm run payment -- show ${grantCaseId(of)}`);
    return 0;
  }
  console.error(
    decided === 'unanswered'
      ? 'No answer, so it is not known whether the decision has arrived. Give the same command again.'
      : 'It stands otherwise by now; nothing was decided.',
  );
  return 1;
}
