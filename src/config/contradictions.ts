import { isYooKassaAddress } from '../gateways/yookassa/webhookIps';
import type { BotSettings, SettingName, SettingProblem, WorkerSettings } from './settings';
import { VARIABLES } from './variables';

/** What both processes read. */
type SharedSettings = Pick<BotSettings, keyof BotSettings & keyof WorkerSettings>;

/** Settings that are valid alone but contradict each other. */
export function contradictions(settings: SharedSettings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  if (settings.PAYMENT_POLL_TIMEOUT < settings.PAYMENT_POLL_INTERVAL)
    problems.push(problemOf('PAYMENT_POLL_TIMEOUT', 'is shorter than PAYMENT_POLL_INTERVAL'));
  return [...problems, ...temporalProblems(settings)];
}

/** What Telegram's webhook needs. */
export function webhookProblems(settings: BotSettings): SettingProblem[] {
  if (settings.BOT_MODE !== 'webhook') return [];
  return (['PUBLIC_URL', 'TELEGRAM_WEBHOOK_SECRET'] as const)
    .filter((name) => settings[name] === undefined)
    .map((name) => problemOf(name, 'is missing, and BOT_MODE=webhook needs it'));
}

/** A certificate without its key, and TLS switched off beside settings that mean nothing without it. */
function temporalProblems(settings: SharedSettings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const pair = ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'] as const;
  const missing = pair.filter((name) => settings[name] === undefined);
  if (missing.length === 1)
    problems.push(problemOf(missing[0]!, 'is missing: a client certificate and its key belong together'));
  const needTls = [
    ...pair,
    'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    'TEMPORAL_TLS_SERVER_NAME',
    'TEMPORAL_API_KEY',
  ] as const;
  const given = needTls.find((name) => settings[name] !== undefined);
  if (settings.TEMPORAL_TLS === false && given !== undefined)
    problems.push(problemOf('TEMPORAL_TLS', `is false, and ${given} needs TLS`));
  return problems;
}

function problemOf(name: SettingName, problem: string): SettingProblem {
  return { name, problem, example: VARIABLES[name].example };
}

/** Addresses of this machine; a call to `0.0.0.0` or `::` reaches it too. */
const THIS_MACHINE = ['127.0.0.0/8', '0.0.0.0', '::1', '::'];

function isThisMachine(url: string): boolean {
  const host = new URL(url).hostname.replaceAll(/^\[|\]$|\.$/g, '');
  return /(^|\.)localhost$/.test(host) || isYooKassaAddress(host, THIS_MACHINE);
}

/**
 * A shop that takes real money must not use a stand-in of an outside service: with a live key every address must be a
 * real one. A live key together with an address on this machine is always a mistake.
 */
export function standInProblems(settings: WorkerSettings): SettingProblem[] {
  if (!settings.YOOKASSA_SECRET_KEY.startsWith('live_')) return [];
  const problems: SettingProblem[] = [];
  const refuse = (name: SettingName, problem: string) =>
    problems.push(problemOf(name, `${problem} while YOOKASSA_SECRET_KEY is a live key`));
  for (const name of ['TELEGRAM_API_ROOT', 'YOOKASSA_API_URL'] as const) {
    if (isThisMachine(settings[name])) refuse(name, 'points to this machine');
    else if (name === 'YOOKASSA_API_URL' && !settings[name].startsWith('https:'))
      refuse(name, 'is not https, so anyone on the way reads the key,');
  }
  // Ranges that contain every address contain this machine's too.
  if (['127.0.0.1', '::1'].some((address) => isYooKassaAddress(address, settings.YOOKASSA_WEBHOOK_IPS))) {
    refuse('YOOKASSA_WEBHOOK_IPS', 'lets this machine or everyone send webhooks');
  }
  return problems;
}
