/**
 * Every recorded history must replay on today's code; code that breaks one must be caught here. How to record:
 * README.md.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import * as workflows from '../../src/workflows';
import { workflowBundle } from '../support/workflow-bundle';

interface RecordedHistory {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowType: { readonly name: string } };
    readonly activityTaskScheduledEventAttributes?: {
      readonly activityType: { readonly name: string };
      /** `8s` */
      readonly heartbeatTimeout?: string;
    };
  }[];
}

const FOLDER = path.join(__dirname, 'histories');
const history = async (file: string): Promise<unknown> => JSON.parse(await readFile(path.join(FOLDER, file), 'utf8'));

async function* all(files: readonly string[]) {
  for (const file of files) yield { workflowId: file, history: await history(file) };
}

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
});

describe('recorded histories', () => {
  it('all replay on the current workflows', async () => {
    const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.json'));
    expect(files.length).toBeGreaterThanOrEqual(20);
    const types = await Promise.all(
      files.map(
        async (file) =>
          ((await history(file)) as RecordedHistory).events[0]!.workflowExecutionStartedEventAttributes!.workflowType
            .name,
      ),
    );
    // Each workflow that is shipped, the scheduled ones too.
    expect([...new Set(types)].toSorted()).toEqual(Object.keys(workflows).toSorted());
    // One worker for all of them.
    const replays = Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, all(files));
    const replayed = [];
    for await (const { workflowId, error } of replays) replayed.push({ workflowId, error });
    expect(replayed).toEqual(files.map((workflowId) => ({ workflowId, error: undefined })));
  });

  it('show no call of a payment whose worker could die unnoticed: each has a heartbeat timeout of seconds', async () => {
    const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.json'));
    const late = new Set<string>();
    let calls = 0;
    for (const file of files) {
      const { events } = (await history(file)) as RecordedHistory;
      if (!['payment', 'refund'].includes(events[0]!.workflowExecutionStartedEventAttributes!.workflowType.name))
        continue;
      for (const { activityTaskScheduledEventAttributes: call } of events) {
        if (!call) continue;
        calls += 1;
        const seconds = Number.parseFloat(call.heartbeatTimeout ?? '0');
        // A watch sleeps for minutes, thousands on one worker; its heartbeats are rarer.
        const most = call.activityType.name === 'watchPayment' ? 30 : 10;
        if (!(seconds > 0 && seconds <= most)) late.add(call.activityType.name);
      }
    }
    expect(calls).toBeGreaterThan(100);
    expect([...late]).toEqual([]);
  });

  it('are not satisfied by just any code: a workflow that reordered its steps is caught', async () => {
    const broken = await workflowBundle(path.join(__dirname, 'fixtures/reordered/index.ts'));
    await expect(
      Worker.runReplayHistory(
        { workflowBundle: broken, replayName: 'reordered' },
        await history('paid-at-fourth-poll.json'),
      ),
    ).rejects.toThrow(/[Nn]ondeterminism|deterministic/);
  });
});
