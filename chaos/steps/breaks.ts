import type { Reader, Wire } from '../wire/link';

/**
 * Cuts the connection to a panel when the panel has made a user and before its answer passes, and again whenever a
 * request names that user. The shop sees a panel that does not answer, while the account exists.
 * @param onMade told each time a user has been made
 */
export function breaksAfterMaking(onMade: () => void = () => undefined): Reader {
  const made = new Set<string>();
  const isMaking = ({ asked }: Wire) => /POST \/[^ ]+\/api\/v2\/admin\/user\//.test(asked);
  const uuidIn = ({ asked }: Wire) => /"uuid":"([0-9a-f-]{36})"/.exec(asked)?.[1];
  return {
    request: ({ asked }) => ([...made].some((uuid) => asked.includes(uuid)) ? 'cut' : 'pass'),
    answer(wire) {
      const uuid = isMaking(wire) ? uuidIn(wire) : undefined;
      if (uuid === undefined) return 'pass';
      made.add(uuid);
      onMade();
      return 'cut';
    },
  };
}
