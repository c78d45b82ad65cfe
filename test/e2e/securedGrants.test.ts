/**
 * What Temporal stores of a trial, a voucher and a gift, from its purchase to its claim, with a key for the payloads: as
 * the server gives it to whoever asks, and read with the key.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createEncryptionCodec } from '../../src/clients/payloadEncryption';
import { connectTemporal, type TemporalClient } from '../../src/clients/temporal';
import { grantRetried } from '../../src/workflows/contracts/grant';
import { runProgram } from '../cli/program';
import { createBuyer, payAt, setFaults, type Buyer } from '../support/buyer';
import { startStack, type Stack } from '../support/stack';
import { waitUntil } from '../support/wait';
import { readNamespace, textOf } from './readableHistory';

const LIMIT_MS = 300_000;
const secret = randomBytes(32);
let stack: Stack;
let stranger: TemporalClient;
/** Longer than what comes by chance in other numbers. */
let nextId = 7_716_049_301;

async function openShop(env: Readonly<Record<string, string>>): Promise<void> {
  stack = await startStack({ env: { PAYMENT_POLL_INTERVAL: '2s', ...env } });
  stranger = await connectTemporal({
    connection: { address: stack.env['TEMPORAL_ADDRESS']! },
    namespace: stack.namespace,
  });
}
async function closeShop(): Promise<void> {
  await stranger?.close();
  await stack?.stop();
}
beforeAll(() => openShop({ TEMPORAL_PAYLOAD_KEYS: `2026-11:${secret.toString('base64')}` }), LIMIT_MS);
afterAll(closeShop, LIMIT_MS);

async function person(payload?: string, greeting = 'Hello'): Promise<Buyer> {
  const buyer = createBuyer(stack.telegramUrl, nextId++);
  await buyer.start(payload);
  await buyer.waitFor(greeting);
  return buyer;
}
const found = async (buyer: Buyer, like: RegExp): Promise<string> =>
  (await waitUntil(async () => like.exec(JSON.stringify(await buyer.chat()))?.[1], { what: `${like}` }))!;
const hasKey = async (buyer: Buyer): Promise<string> =>
  (await waitUntil(async () => (await buyer.keys())[0], { what: 'the key arrives' }))!;

interface Secrets {
  readonly codes: readonly string[];
  readonly people: readonly Buyer[];
  readonly keys: readonly string[];
}

async function trial(): Promise<Secrets> {
  const trying = await person();
  for (const label of ['Try it for free', 'Netherlands']) await trying.tap(label);
  return { codes: [], people: [trying], keys: [await hasKey(trying)] };
}

async function giftFromPurchaseToClaim(): Promise<Secrets> {
  const giver = await person();
  for (const label of ['Give a subscription', 'A month', '✅ Pay']) await giver.tap(label);
  const providerRef = await found(giver, /orderId=([\w-]+)/);
  await giver.tap('I have paid');
  await payAt(stack.yookassaUrl, providerRef);
  const code = await found(giver, /start=gift_([0-9A-Z]{16})/);
  const receiver = await person(`gift_${code}`, 'as a gift');
  await receiver.tap('Netherlands');
  const key = await hasKey(receiver);
  await giver.waitFor('Your gift has been claimed');
  return { codes: [code], people: [giver, receiver], keys: [key] };
}

/** A voucher of the owner, claimed while the panel answers 502: failures, timers and a signal that ends the wait. */
async function voucherWithPanelAway(): Promise<Secrets> {
  const made = await runProgram(
    'dist/cli/vouchers.js',
    ['create', '--plan', 'month', '--count', '1', '--until', 'never'],
    stack.env,
  );
  const code = /start=gift_([0-9A-Z]{16})/.exec(made.out)![1]!;
  await Promise.all(stack.hiddifyUrls.map((url) => setFaults(url, { error502: true })));
  const claimer = await person(`gift_${code}`, 'as a gift');
  await claimer.tap('Netherlands');
  await waitUntil(
    async () => (await readNamespace(stranger.client)).some(({ text }) => text.includes('Encoded failure')),
    {
      what: 'a step has failed',
    },
  );
  await Promise.all(stack.hiddifyUrls.map((url) => setFaults(url, { error502: null })));
  for await (const { workflowId } of stranger.client.workflow.list())
    if (workflowId.endsWith(`-${claimer.id}`))
      await stranger.client.workflow.getHandle(workflowId).signal(grantRetried);
  return { codes: [code], people: [claimer], keys: [await hasKey(claimer)] };
}

const together = (all: readonly Secrets[]): Secrets => ({
  codes: all.flatMap(({ codes }) => codes),
  people: all.flatMap(({ people }) => people),
  keys: all.flatMap(({ keys }) => keys),
});

/** Temporal's search attributes, and what its own library writes of a step that a task ran itself: its name and times. */
const NEVER_ENCRYPTED =
  /\.searchAttributes\.indexedFields\.\w+$|\.markerRecordedEventAttributes\.details\.data\.payloads$/;

/** What is stored, without the ids of grants and the search attribute, which have a Telegram id (docs/privacy.md). */
async function stored() {
  const read = await readNamespace(stranger.client);
  return read.map(({ workflowId, text, ...rest }) => ({
    ...rest,
    workflowId,
    text: text.replaceAll(workflowId, 'WORKFLOW-ID').replaceAll(/^"\d{10}"$/gm, 'SEARCH-ATTRIBUTE'),
  }));
}
const plainOf = (read: Awaited<ReturnType<typeof stored>>) =>
  read.flatMap(({ plain }) => [...plain].filter((at) => !NEVER_ENCRYPTED.test(at)));

it(
  'histories, attributes, signals, updates, failures and answers to queries say nothing without the key, all with it',
  async () => {
    const { codes, people, keys } = together([
      await trial(),
      await giftFromPurchaseToClaim(),
      await voucherWithPanelAway(),
    ]);
    const read = await stored();
    for (const kind of [/^grant-trial-\d+$/, /^grant-gift-.*-\d+$/, /^gift-/, /^payment-/])
      expect(read.map(({ workflowId }) => workflowId)).toContainEqual(expect.stringMatching(kind));
    expect(plainOf(read)).toEqual([]);
    const text = read.map((one) => one.text).join('\n');
    const EVENTS = ['timerStarted', 'workflowExecutionSignaled', 'workflowExecutionUpdateAccepted', 'markerRecorded'];
    expect(EVENTS.filter((event) => !text.includes(`${event}EventAttributes`))).toEqual([]);
    const inClear = secretsOf({ codes, people, keys });
    expect(inClear.filter((one) => text.includes(one))).toEqual([]);

    const codec = createEncryptionCodec([{ id: '2026-11', secret }]);
    const decrypted = (await codec.decode(read.flatMap(({ encrypted }) => [...encrypted]))).map(textOf).join('\n');
    const ids = [people.at(0)!, people.at(-1)!].map(({ id }) => String(id));
    const withKey = [...ids, '"kind":"trial"', '"kind":"gift"', '"giftId"', '502'];
    expect(withKey.filter((one) => !decrypted.includes(one))).toEqual([]);
    // What is worth something is not there at all, nor is a name.
    const nowhere = [...codes, ...keys, ...people.map(({ id }) => `Buyer ${id}`)];
    expect(nowhere.filter((one) => decrypted.includes(one))).toEqual([]);
  },
  LIMIT_MS,
);

it(
  'without a key this is seen: what is stored can be read, and what was encrypted is refused with the name of its key',
  async () => {
    await stack.kill('bot');
    await expect(stack.start('worker', { TEMPORAL_PAYLOAD_KEYS: '' })).rejects.toThrow(
      'encrypted with the key "2026-11", which TEMPORAL_PAYLOAD_KEYS does not have',
    );
    await closeShop();
    await openShop({});
    const { people } = await trial();
    const read = await stored();
    expect(plainOf(read)).not.toEqual([]);
    expect(read.some(({ text }) => text.includes(String(people[0]!.id)))).toBe(true);
  },
  LIMIT_MS,
);

/** Codes, names, links and what makes them up, Telegram ids. */
function secretsOf({ codes, people, keys }: Secrets): string[] {
  return [
    ...codes,
    ...people.flatMap(({ id }) => [String(id), `Buyer ${id}`]),
    ...keys.flatMap((key) => [key, ...new URL(key).pathname.split('/').filter((part) => part.length >= 8)]),
  ];
}
