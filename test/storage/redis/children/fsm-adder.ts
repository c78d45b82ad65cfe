import { asReplica, barrier } from './frame';
import { countingStore, DIALOG } from '../counting';

void asReplica(async (connections, [times, processes]) => {
  const store = countingStore(connections.fsm);
  await barrier(connections, Number(processes));
  await Promise.all(
    Array.from({ length: Number(times) }, () =>
      store.update(DIALOG, (state) => ({ name: 'counting', n: state.n + 1 })),
    ),
  );
});
