import type { BotDeps, Log } from '../ports';
import { createBuyerRefunds } from '../useCases/buyerRefund';
import { createGrantServers } from '../useCases/grantServers';
import { createGifts } from '../useCases/gifts';
import { createPaying } from '../useCases/pay';
import { createPromos } from '../useCases/promo';
import { createPurchaseDialog } from '../useCases/purchaseDialog';
import { createReceiptContacts } from '../useCases/receiptContacts';
import { createTrials } from '../useCases/trial';
import { createVouchers } from '../useCases/vouchers';
import type { Features } from './features';
import { createPaymentScreens } from './paymentScreens';

/** Makes what the features share, each once. */
export function createFeatures(deps: BotDeps): Features {
  const { dialogs, cachedQueries, sessions, payments, paymentWorkflows, paymentData, limits, checkLimit, logger, now } =
    deps;
  const log: Log = (error, message) => logger.warn({ err: error }, message);
  const receiptContacts = createReceiptContacts(deps);
  const promos = createPromos({
    offers: deps.promoOffers,
    guesses: deps.promoGuesses,
    grantWorkflows: deps.grantWorkflows,
    log,
    now,
  });
  const purchaseDialog = createPurchaseDialog({
    ...{ dialogs, sessions, cachedQueries, receiptContacts, promos },
    trialOfferFor: (userId) => deps.freeGrants.trialOfferFor(userId),
    sellsGifts: deps.sellsGifts,
  });
  const paying = createPaying({
    payments,
    paymentWorkflows,
    paymentData,
    cachedQueries,
    purchaseDialog,
    promos,
    sellsGifts: deps.sellsGifts,
    paymentAttempts: limits.paymentAttempts,
    checkLimit,
    log,
  });
  const buyerRefunds = createBuyerRefunds({
    payments,
    gifts: deps.gifts,
    refundWorkflows: deps.refundWorkflows,
    rule: deps.buyerRule,
    limit: checkLimit,
    now,
    log,
  });
  return {
    ...deps,
    receiptContacts,
    promos,
    purchaseDialog,
    paying,
    buyerRefunds,
    gifts: createGifts({ gifts: deps.gifts, rule: deps.buyerRule, now }),
    grantServers: createGrantServers({ ...deps, log }),
    paymentScreens: createPaymentScreens({ paying, sessions, now }),
    trials: createTrials({ ...deps, log }),
    vouchers: createVouchers({ ...deps, log }),
  };
}
