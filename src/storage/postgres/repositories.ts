import type { Pool } from 'pg';
import { createAccessRevocationsRepository } from './accessRevocations';
import { createCatalogueRepository } from './catalogue';
import { createDeskAuditRepository } from './deskAudit';
import { createDeskCardsRepository } from './deskCards';
import { createDeskSearchRepository } from './deskSearch';
import { createExpiryNoticesRepository } from './expiryNotices';
import { createJobResultsRepository } from './jobResults';
import { createMoneyState } from './moneyState';
import { createInstallation } from './installation';
import { createFreeGrantsRepository } from './freeGrants';
import { createGiftsRepository } from './gifts';
import { createNotificationsRepository } from './notifications';
import { createNumbersRepository } from './numbers';
import { createOutagesRepository } from './outages';
import { createOwedKeysRepository } from './owedKeys';
import { createPanelDeactivationsRepository } from './panelDeactivations';
import { createPanelSyncRepository } from './panelSync';
import { createPanelSyncStatesRepository } from './panelSyncStates';
import { createPaymentsRepository } from './payments';
import { createPromoOffersRepository } from './promo/offers';
import { createReceiptsRepository } from './receipts';
import { createReconciliationRepository } from './reconciliation';
import { createReferralsRepository } from './referrals';
import { createRetentionRepository } from './retention';
import { createShopCounts } from './shopCounts';
import { createStaffRepository } from './staff';
import { createStarChargesRepository } from './starCharges';
import { createSubscriptionsRepository } from './subscriptions';
import { createTrafficLimitsRepository } from './trafficLimits';
import { createTrialNoticesRepository } from './trialNotices';
import { createUsersRepository } from './users';
import { createVouchersRepository } from './vouchers';
import { createWaitingForPanelRepository } from './waitingForPanel';
import { createWaitingForProviderRepository } from './waitingForProvider';
import { createWebhookEventsRepository } from './webhookEvents';

/** Every repository on one pool. They hold nothing themselves, so it costs nothing to have one that is not used. */
export function createRepositories(pool: Pool) {
  return {
    payments: createPaymentsRepository(pool),
    owedKeys: createOwedKeysRepository(pool),
    subscriptions: createSubscriptionsRepository(pool),
    catalogue: createCatalogueRepository(pool),
    users: createUsersRepository(pool),
    notifications: createNotificationsRepository(pool),
    accessRevocations: createAccessRevocationsRepository(pool),
    panelDeactivations: createPanelDeactivationsRepository(pool),
    expiryNotices: createExpiryNoticesRepository(pool),
    panelSync: createPanelSyncRepository(pool),
    freeGrants: createFreeGrantsRepository(pool),
    gifts: createGiftsRepository(pool),
    trialNotices: createTrialNoticesRepository(pool),
    trafficLimits: createTrafficLimitsRepository(pool),
    panelSyncStates: createPanelSyncStatesRepository(pool),
    receipts: createReceiptsRepository(pool),
    reconciliation: createReconciliationRepository(pool),
    referrals: createReferralsRepository(pool),
    retention: createRetentionRepository(pool),
    webhookEvents: createWebhookEventsRepository(pool),
    staff: createStaffRepository(pool),
    starCharges: createStarChargesRepository(pool),
    deskCards: createDeskCardsRepository(pool),
    deskSearch: createDeskSearchRepository(pool),
    numbers: createNumbersRepository(pool),
    deskAudit: createDeskAuditRepository(pool),
    shopCounts: createShopCounts(pool),
    jobResults: createJobResultsRepository(pool),
    moneyState: createMoneyState(pool),
    outages: createOutagesRepository(pool),
    promoOffers: createPromoOffersRepository(pool),
    installation: createInstallation(pool),
    vouchers: createVouchersRepository(pool),
    waitingForPanel: createWaitingForPanelRepository(pool),
    waitingForProvider: createWaitingForProviderRepository(pool),
  };
}
