/** What the bot sends to the workflow of what costs nothing: nobody works here, so all of it stands in the history. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { createGrantWorkflows } from '../../src/clients/grantWorkflows';
import { grantWorkflowId } from '../../src/workflows/contracts/grant';
import { realServer, type Server } from '../workflows/purchaseRunner';

let server: Server;
beforeAll(async () => {
  server = await realServer('grant-client');
});
afterAll(() => server?.close());

const TRIAL = { kind: 'trial', source: '4242', userId: 4242 } as const;
const IN_NL = { ...TRIAL, locationCode: 'nl', grant: { days: 3, trafficGb: 5 }, keep: true };

it('each tap brings what was confirmed with it, and a press for another server its message', async () => {
  const grants = createGrantWorkflows(server.client);
  expect(await grants.changeServer(TRIAL, 6)).toBe(false);
  await grants.ask(IN_NL, 7);
  const elsewhere = { ...IN_NL, locationCode: 'de' };
  await grants.ask(elsewhere, 8);
  expect(await grants.showIn(TRIAL, 9)).toBe(true);
  expect(await grants.changeServer(TRIAL, 10)).toBe(true);

  const { events } = await server.client.workflow.getHandle(grantWorkflowId(TRIAL)).fetchHistory();
  const signals = (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal ? [[signal.signalName, defaultPayloadConverter.fromPayload(signal.input!.payloads![0]!)]] : [],
  );
  expect(signals).toEqual([
    ['grantAsked', { messageId: 7, request: IN_NL }],
    ['grantAsked', { messageId: 8, request: elsewhere }],
    ['grantAsked', { messageId: 9 }],
    ['grantServerAsked', { messageId: 10 }],
  ]);
});
