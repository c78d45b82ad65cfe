/**
 * `npm run bench -- kills [--seconds 150] [--rate 1] [--kill-every 10] [--latency 2000]`: how long buyers wait while
 * workers die.
 *
 * Two workers; one after the other is ended as a power cut would end it, and started again at once. Buyers come at a
 * steady rate, order through the chat and pay as soon as they read the link; YooKassa's stand-in then calls the
 * webhook. Measured is what a buyer waits for: from the tap on "Pay" to the link, and from the money to the key.
 */
import type { ChatView, TelegramUser } from '../../simulators/telegram/driver';
import { payAt, setFaults } from '../../test/support/buyer';
import { numberOption, quantile, table } from '../lib/numbers';
import { machine, type Running } from '../lib/processes';
import { runBench } from '../lib/run';
import { atRate, openShop } from '../lib/shop';
import { newWalkers, tap } from '../lib/walkers';

const SECONDS = numberOption('seconds', 150);
const RATE = numberOption('rate', 1);
const KILL_EVERY_S = numberOption('kill-every', 10);
/** Milliseconds until YooKassa's stand-in answers: the longer, the more buyers have a call under way at a kill. */
const LATENCY_MS = numberOption('latency', 2_000);
/** Goal for the p95 of the time from the tap to the link. */
const GOAL_MS = 15_000;
/** A buyer who has waited this long counts as one who went away. */
const LONGEST_WAIT_MS = 240_000;
const FIRST_BUYER = 70_000;

const log = (line: string): void => console.error(line);

interface Waits {
  readonly link: number[];
  readonly key: number[];
}

/** YooKassa's id of the payment behind the newest link in the chat. */
function linkIn({ messages }: ChatView): string | undefined {
  for (const { replyMarkup } of messages.toReversed()) {
    if (!replyMarkup || !('inline_keyboard' in replyMarkup)) continue;
    for (const button of replyMarkup.inline_keyboard.flat()) {
      const link = 'url' in button ? new URL(button.url).searchParams.get('orderId') : null;
      if (link !== null) return link;
    }
  }
  return undefined;
}

/** The whole label of the button that confirms the order: the stand-in finds a button by its label. */
const payButtonIn = ({ messages }: ChatView): string | undefined =>
  messages
    .toReversed()
    .flatMap(({ replyMarkup }) => (replyMarkup && 'inline_keyboard' in replyMarkup ? replyMarkup.inline_keyboard : []))
    .flat()
    .find(({ text }) => text.startsWith('✅'))?.text;

const keyIn = ({ messages }: ChatView): boolean | undefined =>
  messages.some(({ captionHtml, html }) => /<code>https?:/.test(captionHtml ?? html ?? '')) || undefined;

/** Milliseconds until it is in the chat. */
async function waitFor<T>(
  user: TelegramUser,
  what: (chat: ChatView) => T | undefined,
): Promise<{ ms: number; value: T }> {
  const begun = performance.now();
  for (;;) {
    const chat = await user.chat();
    const value = what(chat);
    const ms = performance.now() - begun;
    if (value !== undefined) return { ms, value };
    if (ms > LONGEST_WAIT_MS) throw new Error(`buyer ${user.id} went away`);
    // The stand-in answers as soon as there is something new to read.
    const sinceSeq = Math.max(0, ...chat.messages.map(({ seq }) => seq));
    await user.waitFor('', LONGEST_WAIT_MS - ms, { sinceSeq }).catch(() => undefined);
  }
}

/** One buyer, from /start to the key. */
async function buy(telegramUrl: string, yookassaUrl: string, id: number, waits: Waits): Promise<void> {
  const walker = (await newWalkers(telegramUrl, id, 1))[0]!;
  for (const data of ['v1:buy:0', 'v1:servers:nl:0', 'v1:server:*', 'v1:plan:month']) await tap(walker, data);
  const pay = await waitFor(walker.user, payButtonIn);
  await walker.user.click(pay.value);
  const link = await waitFor(walker.user, linkIn);
  waits.link.push(link.ms);
  await payAt(yookassaUrl, link.value);
  const key = await waitFor(walker.user, keyIn);
  waits.key.push(key.ms);
}

async function main(): Promise<void> {
  console.log(
    `${SECONDS} s of ${RATE} buyers a second; one of two workers is killed every ${KILL_EVERY_S} s; YooKassa answers after ${LATENCY_MS} ms; ${machine()}.\n`,
  );
  const shop = await openShop({ pace: { pollIntervalMs: 10_000, pollTimeoutMs: 300_000 } });
  try {
    const workers: Running[] = [await shop.start('worker'), await shop.start('worker-2')];
    await shop.start('bot');
    // Warm-up: the first purchases fill caches, open connections and compile code.
    await atRate(
      Array.from({ length: 10 }, (_, n) => FIRST_BUYER - 10 + n),
      1,
      (id) => buy(shop.telegramUrl, shop.yookassaUrl, id, { link: [], key: [] }),
    );

    await setFaults(shop.yookassaUrl, { latencyMs: LATENCY_MS });
    const waits: Waits = { link: [], key: [] };
    let kills = 0;
    let isOver = false;
    const killing = (async () => {
      for (let which = 0; ; which = 1 - which) {
        await new Promise((resolve) => setTimeout(resolve, KILL_EVERY_S * 1_000));
        if (isOver) return;
        await workers[which]!.kill();
        kills += 1;
        log(`worker ${which + 1} killed; links ${waits.link.length}, keys ${waits.key.length}`);
        workers[which] = await shop.start(which === 0 ? 'worker' : 'worker-2');
      }
    })();
    const buyers = Array.from({ length: SECONDS * RATE }, (_, n) => FIRST_BUYER + n);
    let gone = 0;
    const buying = atRate(buyers, RATE, (id) =>
      buy(shop.telegramUrl, shop.yookassaUrl, id, waits).catch((error: unknown) => {
        gone += 1;
        log(String(error));
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
    isOver = true;
    await Promise.all([buying, killing]);

    console.log(
      table(
        ['a buyer waits', 'buyers', 'kills', 'p50, ms', 'p95, ms', 'p99, ms', 'max, ms'],
        (['link', 'key'] as const).map((what) => [
          what === 'link' ? 'from the tap to the link' : 'from the money to the key',
          waits[what].length,
          kills,
          ...[0.5, 0.95, 0.99, 1].map((share) => Math.round(quantile(waits[what], share))),
        ]),
      ),
    );
    const isMet = gone === 0 && quantile(waits.link, 0.95) < GOAL_MS;
    console.log(
      `\n${gone} went away. Goal: p95 from the tap to the link under ${GOAL_MS / 1_000} s: ${isMet ? 'met' : 'MISSED'}.`,
    );
    process.exitCode = isMet ? 0 : 1;
  } finally {
    await shop.stop();
  }
}

runBench(main);
