/** The checks of outside services: Telegram, YooKassa and the panels. */
import type { Settings } from '../../config/settings';
import { utcDay } from '../../domain/duration';
import { isGatewayError } from '../../gateways/errors';
import { isUselessLink, type HiddifyPanel } from '../../gateways/hiddify';
import type { BotStanding, UnreachableChat } from '../../gateways/telegram';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import type { PanelAccess } from '../../storage/postgres/catalogue';
import type { PanelStanding } from '../../storage/postgres/panelStandings';
import { openPanelLink } from '../panelLink';
import type { ComparedClock } from './clock';
import { examine, type Finding } from './findings';

type Check = Omit<Finding, 'part'>;

export function examineTelegram(
  standing: () => Promise<BotStanding>,
  settings: Pick<Settings, 'BOT_MODE' | 'PUBLIC_URL'>,
): Promise<Finding[]> {
  return examine(
    'Telegram',
    'check BOT_TOKEN with @BotFather, and that this machine reaches TELEGRAM_API_ROOT.',
    async () => {
      const { username, webhookUrl, waiting, lastError } = await standing();
      const findings: Check[] = [{ verdict: 'good', what: `the token is @${username}'s` }];
      const expected = settings.BOT_MODE === 'webhook' ? `${settings.PUBLIC_URL}/webhooks/telegram` : '';
      if (webhookUrl !== expected) {
        findings.push({
          verdict: 'warning',
          what:
            webhookUrl === ''
              ? 'no webhook is set, though BOT_MODE is webhook'
              : 'a webhook is set that BOT_MODE does not ask for',
          next: 'start the bot: it sets this right by itself; if it stays, another program uses the same token.',
        });
      }
      if (lastError !== undefined)
        findings.push({
          verdict: 'warning',
          what: `Telegram could not reach the webhook lately: ${lastError} (${waiting} updates wait)`,
          next: 'check PUBLIC_URL, its certificate and the proxy in front of the bot.',
        });
      return findings;
    },
  );
}

/** Whether the bot can see who is in the channel that the trial is for. */
export function examineTrialChannel(
  channel: string | null,
  isMember: (channel: string) => Promise<boolean>,
): Promise<Finding[]> {
  if (channel === null) return Promise.resolve([]);
  const next =
    'make the bot an administrator of that channel, or correct trial.channel in the catalogue; until then everybody gets the trial.';
  return examine('Trial', next, async () => {
    await isMember(channel);
    return [{ verdict: 'good', what: `the bot sees who is in ${channel}` }];
  }).then((findings) => findings.map((one) => (one.verdict === 'bad' ? { ...one, verdict: 'warning' } : one)));
}

/** Whether the bot can write to the chats that are told when something is wrong. */
export function examineAdmins(
  unreachable: () => Promise<readonly UnreachableChat[]>,
  { ADMIN_IDS }: Pick<Settings, 'ADMIN_IDS'>,
): Promise<Finding[]> {
  return examine('ADMIN_IDS', 'check BOT_TOKEN, and that this machine reaches TELEGRAM_API_ROOT.', async () => {
    if (ADMIN_IDS.length === 0)
      return [
        {
          verdict: 'warning',
          what: 'is empty: nobody is told of a payment that needs a person, and nobody may use /admin',
          next: 'set it to the Telegram ids of the owner and the support, and press Start in the bot from each.',
        },
      ];
    const found = await unreachable();
    if (found.length === 0) return [{ verdict: 'good', what: `the bot can write to each of ${ADMIN_IDS.join(', ')}` }];
    return found.map(({ chatId, reason }) => ({
      verdict: 'warning',
      what: `the bot can't write to ${chatId}: ${WHY_UNREACHABLE[reason]}`,
      next: 'press Start in the chat with the bot from that account, or correct ADMIN_IDS; until then nobody there is told anything.',
    }));
  });
}

const WHY_UNREACHABLE: Readonly<Record<UnreachableChat['reason'], string>> = {
  'chat-not-found': 'they have never started it, or there is no such account',
  blocked: 'they have blocked it',
  deactivated: 'the account was deleted',
};

export function examineYooKassa(
  yookassa: Pick<YooKassaClient, 'getMe'>,
  settings: Pick<
    Settings,
    'YOOKASSA_SHOP_ID' | 'YOOKASSA_SECRET_KEY' | 'YOOKASSA_RECEIPT_EMAIL' | 'YOOKASSA_RECEIPT_CONTACT'
  >,
  clock?: Pick<ComparedClock, 'findings'>,
): Promise<Finding[]> {
  return examine(
    'YooKassa',
    'check YOOKASSA_SHOP_ID and YOOKASSA_SECRET_KEY in the merchant cabinet, under "Integration".',
    async () => {
      const shop = await yookassa.getMe();
      const findings: Check[] = [...(clock?.findings('YooKassa’s') ?? [])];
      if (shop.status !== 'enabled')
        findings.push({
          verdict: 'bad',
          what: `shop ${shop.accountId} is ${shop.status}`,
          next: 'ask YooKassa why; until then nobody can pay.',
        });
      else
        findings.push({
          verdict: 'good',
          what:
            `shop ${shop.accountId} takes ${shop.test ? 'test' : 'real'} money ` +
            `(${shop.paymentMethods.join(', ') || 'no methods named'})`,
        });
      if (shop.accountId !== settings.YOOKASSA_SHOP_ID)
        findings.push({
          verdict: 'warning',
          what: `the key belongs to shop ${shop.accountId}, YOOKASSA_SHOP_ID says ${settings.YOOKASSA_SHOP_ID}`,
          next: 'use the id and the key of one shop.',
        });
      if (shop.test !== settings.YOOKASSA_SECRET_KEY.startsWith('test_'))
        findings.push({
          verdict: 'warning',
          what: `the shop is ${shop.test ? 'a test shop' : 'a real one'}, which its key does not look like`,
          next: 'make sure that this is the shop you mean.',
        });
      // The shop refuses every payment without a receipt once fiscalisation is on (YooKassa docs, receipts).
      if (shop.fiscalizationEnabled && settings.YOOKASSA_RECEIPT_EMAIL === undefined) {
        findings.push({
          verdict: 'bad',
          what: 'the shop makes receipts under 54-FZ, but YOOKASSA_RECEIPT_EMAIL is not set, so every payment will be refused',
          next: 'set YOOKASSA_RECEIPT_EMAIL and YOOKASSA_VAT_CODE.',
        });
      }
      if (shop.fiscalizationProvider === 'yoo_receipt' && settings.YOOKASSA_RECEIPT_CONTACT === 'email-or-phone')
        findings.push({
          verdict: 'bad',
          what: 'YooKassa’s own cash desk sends receipts by e-mail only, and YOOKASSA_RECEIPT_CONTACT lets buyers give a phone number: their payments will be refused',
          next: 'set YOOKASSA_RECEIPT_CONTACT=email.',
        });
      return findings;
    },
  );
}

export function examinePanel(
  access: PanelAccess,
  panel: Pick<HiddifyPanel, 'info' | 'ping' | 'listUsers'>,
  clock?: Pick<ComparedClock, 'findings'>,
): Promise<Finding[]> {
  return examine(
    `Panel ${access.serverCode}`,
    'check its addresses and key in the catalogue file, and that this machine reaches it; `npm run catalog -- apply FILE` stores them.',
    async () => {
      const { version } = await panel.info();
      await panel.ping();
      return [
        { verdict: 'good', what: `Hiddify ${version}, the key is right` },
        await examineLink(access, panel),
        ...(clock?.findings('the panel’s') ?? []),
      ];
    },
  );
}

/** Panels that an operator has said are gone for good: nothing is asked of them, and this is what is left. */
export function examineGonePanels(standings: readonly PanelStanding[]): Finding[] {
  return standings
    .filter(({ goneAt }) => goneAt !== null)
    .map(({ code, goneAt, living, abandoned }) => ({
      part: `Panel ${code}`,
      verdict: living > 0 ? 'warning' : 'good',
      what:
        `gone for good since ${utcDay(goneAt!)}: ${living} living subscriptions have no access, ` +
        `${abandoned} accounts are not known to be removed`,
      ...(living > 0
        ? {
            next: `refund what is left of them (\`npm run audit\` names their payments), or \`npm run catalog -- back ${code}\` if the panel is there.`,
          }
        : {}),
    }));
}

/** Opens a customer's link, as their app does. */
async function examineLink(access: PanelAccess, panel: Pick<HiddifyPanel, 'listUsers'>): Promise<Check> {
  try {
    return (await openPanelLink(access, panel)) === 'subscription'
      ? { verdict: 'good', what: 'a customer’s link opens their subscription' }
      : {
          verdict: 'good',
          what: 'the client address leads to a panel; it has no account yet whose link could be opened',
        };
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    if (isUselessLink(error))
      return {
        verdict: 'bad',
        what: error.message,
        next: 'correct clientUrl in the catalogue: it is what stands before the uuid in the link of any user of the panel.',
      };
    return {
      verdict: 'warning',
      what: `a customer’s link could not be opened from here: ${error.message}`,
      next: 'open the link of any user of the panel in an app, from another network.',
    };
  }
}
