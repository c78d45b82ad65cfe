import type { Reader, Wire } from '../wire/link';

/**
 * The wire to a panel breaks when a user has been made, before the panel can say so, and again whenever that user is
 * mentioned: for the shop the panel is away and nothing is known, while the account is there.
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
