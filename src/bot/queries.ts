import type { ProviderId } from '../domain/provider';
import type { Pool } from 'pg';
import { createRepositories } from '../storage/postgres/repositories';

/**
 * Every query of the bot's process but those of `createSupportService`, `createGrantSupport` and `createPanelService`.
 * Its user in PostgreSQL may do these and hardly more (`storage/postgres/migrateGrants.ts`): a query that is added here
 * may need a grant there, and `test/bot/queries.test.ts` does not compile before it runs the query as that user.
 */
export function createBotQueries(pool: Pool) {
  const repositories = createRepositories(pool);
  const { users, payments, subscriptions, catalogue, shopCounts, owedKeys, notifications, webhookEvents } =
    repositories;
  const { staff, deskAudit, deskCards, deskSearch, numbers } = repositories;
  const { outages, waitingForPanel, promoOffers, freeGrants, vouchers, gifts, referrals, starCharges } = repositories;
  return {
    users: pick(users, 'upsert', 'setLanguage', 'setReachable', 'recordSeen', 'receiptContact', 'setReceiptContact'),
    payments: {
      ...pick(
        payments,
        'open',
        'byId',
        'chatOf',
        'byProviderRef',
        'ofUser',
        'ofSubscription',
        'usageOf',
        'setScreenMessage',
        'unseenScreens',
      ),
      /** Whether this refund of a provider's is known here, and made. */
      hasSucceededRefund: async (provider: ProviderId, refundRef: string) =>
        (await payments.refunds.byProviderRef(provider, refundRef))?.status === 'succeeded',
    },
    subscriptions: pick(subscriptions, 'byId', 'ofUser', 'entriesOf'),
    catalogue: pick(
      catalogue,
      'activeLocations',
      'activeServers',
      'activePlans',
      'clientUrls',
      'setSaleStopped',
      'serversInTrouble',
      'troubles',
    ),
    freeGrants: pick(
      freeGrants,
      'trialOffer',
      'trialOfferFor',
      'trialOf',
      'counted',
      'inCase',
      'unseen',
      'recordShownIn',
    ),
    numbers: pick(numbers, 'byDay', 'active'),
    deskCards: pick(deskCards, 'of', 'addNote'),
    deskSearch: pick(deskSearch, 'people', 'hasPromo'),
    staff: pick(staff, 'roleOf'),
    deskAudit: pick(deskAudit, 'record', 'recordStranger', 'ofRequest'),
    outages: pick(outages, 'newestOf'),
    starCharges: pick(starCharges, 'record', 'recordRefunded'),
    waitingForPanel: pick(waitingForPanel, 'of', 'orders', 'grants'),
    owedKeys: pick(owedKeys, 'ofUser', 'toSend'),
    notifications: pick(notifications, 'recordKeySent'),
    webhookEvents: pick(webhookEvents, 'store', 'handled'),
    promoOffers,
    referrals: pick(referrals, 'code', 'standing', 'hasRewardVoucher', 'claim', 'invitation'),
    vouchers: pick(vouchers, 'byCode', 'hasAnotherOf'),
    gifts: pick(gifts, 'byId', 'sentBy', 'giversOf'),
    shopCounts,
  };
}

function pick<T extends object, Name extends keyof T>(from: T, ...names: Name[]): Pick<T, Name> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, Name>;
}
