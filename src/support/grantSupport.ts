import type { GrantWorkflows } from '../clients/grantWorkflows';
import { grantCaseId, type GrantCase } from '../domain/freeGrant';
import type { Language } from '../domain/language';
import { withTimeLimit } from '../process/timeLimit';
import type { createDecisionsRepository } from '../storage/postgres/decisions';
import type { FreeGrantsRepository } from '../storage/postgres/freeGrants';
import type { GrantProgress } from '../workflows/contracts/grant';
import { renderFreeGrants } from './timeline/freeGrants';

/** What an operator can decide about something that somebody has asked for. */
export const GRANT_DECISIONS = ['retry', 'close'] as const;
export type GrantDecision = (typeof GRANT_DECISIONS)[number];

export interface GrantSupportDeps {
  readonly freeGrants: Pick<FreeGrantsRepository, 'inCase'>;
  readonly decisions: Pick<ReturnType<typeof createDecisionsRepository>, 'record' | 'recordOutcome'>;
  /** `undefined` when Temporal does not answer: nothing can be decided. */
  readonly grantWorkflows: Pick<GrantWorkflows, 'progress' | 'retry' | 'close'> | undefined;
}

/** How it stands: by its workflow, and by the database, as text in the operator's language. */
export interface GrantStanding {
  /** `undefined`: no workflow is known, or Temporal does not answer. */
  readonly progress: GrantProgress | undefined;
  /** What was given, with its keys; empty for nothing. */
  readonly given: string;
  /** The decisions that apply now. */
  readonly options: readonly GrantDecision[];
}

/** `unanswered`: Temporal gave no answer, so the decision may have arrived. */
export type GrantDecided = 'sent' | 'not-applicable' | 'unanswered';

/** A running worker answers in milliseconds; without one nobody should wait long. */
const ANSWER_WITHIN_MS = 3_000;

export type GrantSupport = ReturnType<typeof createGrantSupport>;

/**
 * What support and operators do with what costs nothing, in the terminal and in the chat: read how it stands, decide. A
 * decision is written to the audit log before it is sent; the workflow decides whether it may be done.
 */
export function createGrantSupport({ freeGrants, decisions, grantWorkflows }: GrantSupportDeps) {
  const progressOf = async (of: GrantCase): Promise<GrantProgress | undefined> =>
    grantWorkflows && withTimeLimit(ANSWER_WITHIN_MS, 'Temporal', grantWorkflows.progress(of)).catch(() => undefined);

  return {
    async standing(of: GrantCase, language: Language): Promise<GrantStanding> {
      const [progress, given] = await Promise.all([progressOf(of), freeGrants.inCase(of)]);
      return { progress, given: renderFreeGrants(given, language), options: optionsOf(progress) };
    },

    async decide(of: GrantCase, decision: GrantDecision, actor: string): Promise<GrantDecided> {
      const progress = await progressOf(of);
      if (!grantWorkflows || !optionsOf(progress).includes(decision)) return 'not-applicable';
      const details = { grant: grantCaseId(of), status: progress?.status };
      const entry = await decisions.record(actor, `grant-${decision}`, null, details);
      try {
        const sent = await grantWorkflows[decision](of);
        await decisions.recordOutcome(entry, sent ? 'sent' : 'not-running');
        return sent ? 'sent' : 'not-applicable';
      } catch {
        await decisions.recordOutcome(entry, 'not known: there was no answer').catch(() => undefined);
        return 'unanswered';
      }
    },
  };
}

/** What is given is delivered however long that takes; only what can't be recorded may be given up. */
function optionsOf(progress: GrantProgress | undefined): readonly GrantDecision[] {
  if (progress?.status === 'unrecorded') return GRANT_DECISIONS;
  return progress?.status === 'waiting' ? ['retry'] : [];
}
