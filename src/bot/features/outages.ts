import { Composer } from 'grammy';
import { sumsOf } from '../../domain/money';
import { moneyIn } from '../../domain/payment';
import { plain } from '../../messages/locales/index';
import { outageEndScreen, outageScreen, saleStoppedScreen, waitsForKeys } from '../../messages/screens/outage';
import { outageRefundsOrderedScreen, outageRefundSureScreen } from '../../messages/screens/outageRefund';
import { panelScreen } from '../../messages/screens/panels';
import type { Screen } from '../../messages/screens/screen';
import { onAction } from '../actions';
import { operatorOf } from '../operator';
import type { BotContext } from '../context';
import { answer, answerOutdated, send, showHere } from '../show';
import type { Features } from './features';

/**
 * The buttons under an owner's message about a panel that makes no keys. Each reads
 * anew who waits, and the message shows what is true afterwards.
 */
export function outagesFeature({
  outages,
  waitingForPanel,
  catalogue,
  panels,
  decideWaiting,
  cachedQueries,
  now,
}: Features): Composer<BotContext> {
  const composer = new Composer<BotContext>();
  const done = (ctx: BotContext, what: string, count = 0, again = 0) =>
    answer(ctx, plain(ctx.visit.language, 'outage-done', { what, count, again }), { alert: true });

  /** How the server stands; `undefined`: nothing is wrong with it. */
  async function screenOf(serverCode: string, ctx: BotContext): Promise<Screen | undefined> {
    const { language, timeZone } = ctx.visit;
    const [outage, waiting, panel] = await Promise.all([
      outages.newestOf({ service: 'hiddify', serverCode }),
      waitingForPanel.of(serverCode),
      panels.byCode(serverCode),
    ]);
    // Gone for good since the message was sent: that is no outage, and what waited for it is served elsewhere.
    if (panel && panel.goneAt !== null) return panelScreen(panel, timeZone, language);
    if (outage?.endedAt === null) return outageScreen({ outage, waiting, timeZone }, language);
    const server = (await catalogue.serversInTrouble()).find(({ code }) => code === serverCode);
    if (outage && (waitsForKeys(waiting) || !server)) return outageEndScreen({ outage, waiting, timeZone }, language);
    return server && saleStoppedScreen(server, language);
  }

  async function refresh(serverCode: string, ctx: BotContext): Promise<void> {
    const screen = await screenOf(serverCode, ctx);
    if (screen) await showHere(ctx, screen);
  }

  async function setSaleStopped(serverCode: string, stopped: boolean, ctx: BotContext): Promise<void> {
    const change = await catalogue.setSaleStopped(serverCode, stopped, operatorOf(ctx));
    if (!change) return answerOutdated(ctx);
    await cachedQueries.invalidateSale(change.locationCode);
    if (change.changed) await done(ctx, stopped ? 'stop' : 'resume');
    else await done(ctx, stopped ? 'stopped-before' : 'sold-before');
    await refresh(serverCode, ctx);
  }

  async function retry(serverCode: string, ctx: BotContext): Promise<void> {
    const { sent, again } = await decideWaiting(serverCode, 'retry', operatorOf(ctx));
    await done(ctx, sent + again === 0 ? 'nobody' : 'retry', sent, again);
    await refresh(serverCode, ctx);
  }

  async function askForRefund(server: string, ctx: BotContext): Promise<void> {
    const paidUntil = Math.ceil(now().getTime() / 1000);
    const outage = await outages.newestOf({ service: 'hiddify', serverCode: server });
    const delayed = (await waitingForPanel.orders(server, 5_000)).filter(({ status }) => status === 'delayed');
    if (!outage || delayed.length === 0) {
      await done(ctx, 'nobody');
      return refresh(server, ctx);
    }
    await answer(ctx);
    const sums = sumsOf(delayed.map((order) => moneyIn(order, order.priceKopecks - order.refundedKopecks)));
    const orders = { count: delayed.length, sums, paidUntil };
    await send(ctx, outageRefundSureScreen({ ...outage, serverCode: server }, orders, ctx.visit.language));
  }

  onAction(composer, 'outage', async (ctx, { server, what }) => {
    switch (what) {
      case 'show': {
        const screen = await screenOf(server, ctx);
        if (!screen) return answerOutdated(ctx);
        await answer(ctx);
        await showHere(ctx, screen);
        return;
      }
      case 'stop':
      case 'resume':
        return setSaleStopped(server, what === 'stop', ctx);
      case 'retry':
        return retry(server, ctx);
      case 'refund':
        return askForRefund(server, ctx);
    }
  });

  onAction(composer, 'outage-refund-sure', async (ctx, { server, paidUntil }) => {
    const outage = await outages.newestOf({ service: 'hiddify', serverCode: server });
    if (!outage) return answerOutdated(ctx);
    const refunded = await decideWaiting(server, 'refund', operatorOf(ctx), new Date(paidUntil * 1000));
    if (refunded.sent + refunded.again === 0) await done(ctx, 'nobody');
    else await answer(ctx);
    await showHere(ctx, outageRefundsOrderedScreen(outage, refunded, ctx.visit.language));
  });
  return composer;
}
