import { outageEndScreen, outageScreen } from '../messages/screens/outage';
import type { Outage, OutagesRepository } from '../storage/postgres/outages';
import type { TellOwners } from './ownerNotice';

/** Tells every owner of an outage and of its end, each once, however often and from wherever they are called. */
export interface OutageNotices {
  /** @throws GatewayError when Telegram is away; a repeat leaves out whoever was told before */
  tellBeginning(outage: Outage): Promise<void>;
  tellEnd(outage: Outage): Promise<void>;
}

export interface OutageNoticesDeps {
  readonly outages: Pick<OutagesRepository, 'waitingFor' | 'markTold'>;
  readonly tellOwners: TellOwners;
  readonly now: () => Date;
}

export function createOutageNotices({ outages, tellOwners, now }: OutageNoticesDeps): OutageNotices {
  const waitingFor = async ({ serverCode }: Outage) =>
    serverCode === null ? undefined : outages.waitingFor(serverCode);
  return {
    async tellBeginning(outage) {
      const waiting = await waitingFor(outage);
      await tellOwners('outage', `${outage.id}:began`, (language, timeZone) =>
        outageScreen({ outage, waiting, timeZone }, language),
      );
      await outages.markTold(outage.id, 'beginning', now());
    },
    async tellEnd(outage) {
      const waiting = await waitingFor(outage);
      await tellOwners('outage', `${outage.id}:ended`, (language, timeZone) =>
        outageEndScreen({ outage, waiting, timeZone }, language),
      );
      await outages.markTold(outage.id, 'end', now());
    },
  };
}
