import type { GrantCase } from '../../domain/freeGrant';
import type { BotDeps, Log } from '../ports';
import { takenByTemporal } from './takenByTemporal';

export interface GrantServerDeps extends Pick<BotDeps, 'freeGrants' | 'grantWorkflows'> {
  readonly log: Log;
}

export type GrantServers = ReturnType<typeof createGrantServers>;

/** Another server for a key that somebody has been given, and that its panel does not make. */
export function createGrantServers({ freeGrants, grantWorkflows, log }: GrantServerDeps) {
  return {
    /**
     * Has its workflow change the server; what came of it is shown in the message.
     * @returns `outdated`: it is not theirs, or nothing waits for a key any more; `away`: Temporal did not take it
     */
    async change(userId: number, of: GrantCase, messageId: number): Promise<'asked' | 'outdated' | 'away'> {
      if (!(await freeGrants.counted({ kind: of.kind, source: of.source, userId }))) return 'outdated';
      if (of.kind === 'gift' && of.userId !== userId) return 'outdated';
      let isRunning = false;
      const asked = grantWorkflows.changeServer(of, messageId).then((answer) => (isRunning = answer));
      if (!(await takenByTemporal(asked, log, 'another server could not be asked for'))) return 'away';
      return isRunning ? 'asked' : 'outdated';
    },
  };
}
