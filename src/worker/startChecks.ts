import type { Client } from '@temporalio/client';
import type { Logger } from '../config/logger';
import { isGatewayError } from '../gateways/errors';
import type { UnreachableChat } from '../gateways/telegram';
import { serviceWatch } from '../jobs/serviceWatch/contract';
import type { WorkerDependencies } from './dependencies';

export interface StartChecks extends Pick<
  WorkerDependencies,
  'outages' | 'catalogue' | 'panelOf' | 'providers' | 'botStanding'
> {
  /** Those of `ADMIN_IDS` whom the bot can't write to. */
  readonly unreachableAdmins: () => Promise<readonly UnreachableChat[]>;
  readonly temporal: Pick<Client, 'schedule'>;
  readonly logger: Pick<Logger, 'error' | 'warn'>;
}

const ANSWER_WITHIN_MS = 30_000;

/**
 * What can be wrong with a shop that otherwise runs, said in the log at once: keys that are refused, services that do
 * not answer, owners who can't be written to. The owner is told by the job `service-watch`, which is started here and
 * then by its schedule. Never fails: nothing of it keeps a worker from finishing what is paid.
 *
 * What a line is about is in its sentence and its `reason`: `npm start` shows nothing else of it.
 */
export async function checkAtStart(deps: StartChecks): Promise<void> {
  await Promise.all([checkServices(deps), checkAdmins(deps), startWatch(deps)]);
}

async function checkServices(deps: StartChecks): Promise<void> {
  const { outages, catalogue, panelOf, providers, botStanding, logger } = deps;
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const check = async (name: string, refused: string, ask: () => Promise<unknown>): Promise<void> => {
    try {
      await ask();
    } catch (error) {
      const reason = reasonOf(error);
      if (isGatewayError(error) && error.kind === 'refused') logger.error({ reason }, `${name} refuses ${refused}`);
      else logger.warn({ reason }, `${name} does not answer; it is asked again every two minutes`);
    }
  };
  try {
    const servers = await outages.watchedServers();
    await Promise.all([
      ...providers.all.map(({ label, settings, ping }) =>
        check(label.en, `the shop, so nobody can pay: correct ${settings.join(' and ')}`, () => ping(signal)),
      ),
      check('Telegram', 'the bot, so nobody is told anything: correct BOT_TOKEN', botStanding),
      ...servers.map((code) =>
        check(
          `the panel of server ${code}`,
          'the shop, so no key is made there: correct it in the catalogue',
          async () => panelOf(await catalogue.panelAccess(code)).ping(signal),
        ),
      ),
    ]);
  } catch (error) {
    logger.warn({ reason: reasonOf(error) }, 'whether the keys of the shop are accepted could not be checked');
  }
}

async function checkAdmins({ unreachableAdmins, logger }: StartChecks): Promise<void> {
  try {
    const unreachable = await unreachableAdmins();
    if (unreachable.length === 0) return;
    const names = unreachable.map(({ chatId, reason }) => `${chatId} (${reason})`).join(', ');
    logger.warn(
      `the bot can't write to ${names} of ADMIN_IDS: nobody there is told anything until they press Start in the chat with it`,
    );
  } catch (error) {
    logger.warn({ reason: reasonOf(error) }, 'Telegram could not be asked which admins can be written to');
  }
}

async function startWatch({ temporal, logger }: StartChecks): Promise<void> {
  for (const id of Object.keys(serviceWatch.schedules))
    await temporal.schedule
      .getHandle(id)
      .trigger()
      .catch((error: unknown) =>
        logger.warn({ reason: (error as Error).name }, `the schedule ${id} could not be started; it runs by itself`),
      );
}

/** Other errors may quote an address with its password. */
function reasonOf(error: unknown): string {
  return isGatewayError(error) ? error.message : (error as Error).name;
}
