/** What the owner is told of an outage of a panel or of a payment service: one message when it began, one at its end. */
import type { Language } from '../../domain/language';
import { formatKopecks } from '../../domain/money';
import type { Outage, WaitingForPanel } from '../../storage/postgres/outages';
import { escapeHtml, html, plain, t, tame, type Html } from '../locales/index';
import { keyboard } from './buttons';
import type { Screen } from './screen';
import { inLanguage, moment } from './wording';

export interface OutageTold {
  readonly outage: Outage;
  /** What waits for a panel; `undefined` for other services. */
  readonly waiting: WaitingForPanel | undefined;
  /** The owner's. */
  readonly timeZone: string;
}

export function outageScreen({ outage, waiting, timeZone }: OutageTold, language: Language): Screen {
  return {
    text: t(language, 'outage', {
      kind: outage.kind,
      service: html(serviceName(outage, language)),
      since: moment(outage.beganAt, language, timeZone),
      reason: html(escapeHtml(tame(outage.reason, 300))),
      waiting: waitingWords(outage, waiting, language),
    }),
    keyboard: keyboard(),
  };
}

export function outageEndScreen({ outage, waiting, timeZone }: OutageTold, language: Language): Screen {
  return {
    text: t(language, 'outage-over', {
      service: html(serviceName(outage, language)),
      since: moment(outage.beganAt, language, timeZone),
      until: moment(outage.endedAt ?? outage.beganAt, language, timeZone),
      waiting: waiting === undefined ? '' : waitingWords(outage, waiting, language),
    }),
    keyboard: keyboard(),
  };
}

function serviceName({ service, serverCode, serverName, locationName }: Outage, language: Language): string {
  return t(language, 'outage-service', {
    service,
    server: serverName ?? serverCode ?? '',
    location: locationName === null ? '' : inLanguage(locationName, language),
  });
}

function waitingWords({ service }: Outage, waiting: WaitingForPanel | undefined, language: Language): Html {
  if (waiting === undefined) return html(service === 'yookassa' ? plain(language, 'outage-waiting-payments') : '');
  return html(
    t(language, 'outage-waiting', {
      deliveries: waiting.deliveries,
      amount: formatKopecks(waiting.kopecks, language),
      closings: waiting.revocations + waiting.switchOffs,
    }),
  );
}
