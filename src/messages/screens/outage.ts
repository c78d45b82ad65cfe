/** What owners are told of an outage of a panel or of a payment service: one message when it began, one at its end. */
import type { InlineKeyboardMarkup } from 'grammy/types';
import type { Language } from '../../domain/language';
import { formatSums } from '../../domain/money';
import { isCertificateCode } from '../../domain/panelTrouble';
import type { Outage } from '../../storage/postgres/outages';
import type { WaitingForPanel, WaitingGrant, WaitingOrder } from '../../storage/postgres/waitingForPanel';
import type { WaitingForProvider } from '../../storage/postgres/waitingForProvider';
import { escapeHtml, html, plain, t, tame } from '../locales/index';
import { button, keyboard, type Button } from './buttons';
import { outageOrderLine, outageOrders } from './outageOrders';
import { waitingForProviderLines } from './outageProvider';
import type { Screen } from './screen';
import { inLanguage, moment, paragraphs, providerName, shortMoment } from './wording';

export interface OutageTold {
  readonly outage: Outage;
  /** What waits for a panel; `undefined` for other services. */
  readonly waiting: WaitingForPanel | undefined;
  /** What waits for a payment provider; `undefined` for other services. */
  readonly atProvider?: WaitingForProvider | undefined;
  /** The owner's. */
  readonly timeZone: string;
}

/** While it goes on; edited when who waits has changed. */
export function outageScreen(told: OutageTold, language: Language): Screen {
  const { outage, waiting, timeZone } = told;
  const { kind, reason, beganAt } = outage;
  const text = t(language, 'outage', {
    kind,
    service: html(serviceName(outage, language)),
    since: moment(beganAt, language, timeZone),
    reason: html(escapeHtml(tame(reason, 300))),
    todo: plain(language, 'outage-todo', { kind, code: causeOf(outage) }),
  });
  return {
    text: paragraphs(text, ...waitingLines(told, language)),
    keyboard: outageKeyboard(outage, waiting, language),
  };
}

/** What is to be mended; where the panel itself answers, an address that does not is the one of customers' links. */
function causeOf({ kind, code }: Outage): string {
  const place = kind === 'no-keys' ? 'client-' : '';
  if (isCertificateCode(code)) return `${place}certificate`;
  if (code === 'ENOTFOUND') return `${place}host`;
  return code ?? 'none';
}

/** Its end, with who still waits. */
export function outageEndScreen(told: OutageTold, language: Language): Screen {
  const { outage, waiting, timeZone } = told;
  const stillWait = waiting !== undefined && waitsForKeys(waiting);
  return {
    text: paragraphs(
      over(outage, language, timeZone),
      ...waitingLines(told, language),
      stillWait ? t(language, 'outage-tried-again') : '',
    ),
    keyboard: outageKeyboard(outage, waiting, language),
  };
}

/** What becomes of the first message at the end: nothing of it can be pressed any more. */
export function outagePastScreen({ outage, timeZone }: OutageTold, language: Language): Screen {
  return { text: over(outage, language, timeZone), keyboard: keyboard() };
}

function over(outage: Outage, language: Language, timeZone: string): string {
  return t(language, 'outage-over', {
    kind: outage.kind,
    service: html(serviceName(outage, language)),
    since: moment(outage.beganAt, language, timeZone),
    until: moment(outage.endedAt ?? outage.beganAt, language, timeZone),
  });
}

export function serviceName(
  { service, serverCode, serverName, locationName }: Pick<Outage, keyof OutageNames>,
  language: Language,
): string {
  return t(language, 'outage-service', {
    service,
    provider: providerName(service, language),
    server: serverName ?? serverCode ?? '',
    location: locationName === null ? '' : inLanguage(locationName, language),
  });
}
type OutageNames = Pick<Outage, 'service' | 'serverCode' | 'serverName' | 'locationName'>;

/** Who waits, and whether the server is sold all the same; each string a paragraph. */
function waitingLines(
  { outage: { endedAt }, waiting, atProvider, timeZone }: OutageTold,
  language: Language,
): string[] {
  const isOver = endedAt !== null;
  if (atProvider !== undefined)
    return [
      isOver ? '' : t(language, 'outage-waiting-payments'),
      ...waitingForProviderLines(atProvider, { isOver, timeZone }, language),
    ];
  if (waiting === undefined) return [];
  const { deliveries, paid, freeGrants, revocations, switchOffs, orders, grants, isStopped } = waiting;
  const deactivations = revocations + switchOffs;
  const heading = t(language, 'outage-waiting', { deliveries, amount: formatSums(paid, language) });
  const lines = orders.map((order) => orderLine(order, language, timeZone));
  return [
    outageOrders(heading, lines, deliveries, language),
    deliveries > 0 ? t(language, 'outage-orders-hint') : '',
    freeGrants > 0
      ? outageOrders(
          t(language, 'outage-waiting-free', { count: freeGrants }),
          grants.map((grant) => grantLine(grant, language, timeZone)),
          freeGrants,
          language,
        )
      : '',
    deactivations > 0 ? t(language, 'outage-waiting-deactivations', { deactivations }) : '',
    isStopped || !isOver ? t(language, 'outage-sale', { stopped: String(isStopped) }) : '',
  ];
}

function orderLine(order: WaitingOrder, language: Language, timeZone: string): string {
  const { priceKopecks: kopecks, paidAt: since, renewsSubscriptionId, refundDueAt } = order;
  const more = {
    renewal: String(renewsSubscriptionId !== null),
    refundAt: refundDueAt === null ? 'none' : shortMoment(refundDueAt, language, timeZone),
  };
  return outageOrderLine('outage-order', { ...order, kopecks, since }, more, { language, timeZone });
}

function grantLine({ freeKind, userId, dueAt }: WaitingGrant, language: Language, timeZone: string): string {
  const since = shortMoment(dueAt, language, timeZone);
  return t(language, 'outage-grant', { kind: freeKind, userId: String(userId), since });
}

/** Whether somebody waits for a key there, paid or given. */
export function waitsForKeys({ deliveries, freeGrants }: Pick<WaitingForPanel, 'deliveries' | 'freeGrants'>): boolean {
  return deliveries + freeGrants > 0;
}

const LABELS = {
  show: 'button-refresh',
  retry: 'button-outage-retry',
  stop: 'button-outage-stop',
  resume: 'button-outage-resume',
  refund: 'button-outage-refund',
} as const;

/** Only what makes sense: nothing to try or to refund where nobody waits, nothing to stop that is stopped. */
function outageKeyboard(
  { serverCode, endedAt }: Outage,
  waiting: WaitingForPanel | undefined,
  language: Language,
): InlineKeyboardMarkup {
  if (serverCode === null || waiting === undefined) return keyboard();
  const does = (what: keyof typeof LABELS): Button =>
    button(plain(language, LABELS[what]), { do: 'outage', server: serverCode, what });
  const someWait = waitsForKeys(waiting);
  const sale = (): Button | undefined => {
    if (waiting.isStopped) return does('resume');
    return endedAt === null ? does('stop') : undefined;
  };
  return keyboard(
    [someWait ? does('retry') : undefined],
    [sale()],
    [waiting.deliveries > 0 ? does('refund') : undefined],
    [endedAt === null || someWait ? does('show') : undefined],
  );
}

/** A server on which the owner has stopped selling, without an outage. */
export function saleStoppedScreen(server: { code: string; name: string }, language: Language): Screen {
  const action = { do: 'outage', server: server.code, what: 'resume' } as const;
  return {
    text: t(language, 'outage-sale-stopped', { server: server.name }),
    keyboard: keyboard([button(plain(language, LABELS.resume), action)]),
  };
}
