/** The checks of Telegram and of payment providers. */
import type { Settings } from '../../config/settings';
import type { BotStanding, UnreachableChat } from '../../gateways/telegram';
import type { PaymentProvider } from '../../providers/port';
import type { ComparedClock } from './clock';
import { examine, type Check, type Finding } from './findings';

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

/** What a provider says of itself, beside its settings. */
export function examineProvider(
  { label, settings, checks }: Pick<PaymentProvider, 'label' | 'settings' | 'checks'>,
  clock?: Pick<ComparedClock, 'findings'>,
): Promise<Finding[]> {
  return examine(label.en, `check ${settings.join(' and ')} in the merchant cabinet.`, async () => {
    const found = await checks();
    return [...(clock?.findings(`${label.en}’s`) ?? []), ...found];
  });
}
