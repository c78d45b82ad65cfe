import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  accountsForAPersonScreen,
  accountsHiddenScreen,
  listFailingScreen,
  panelDiffersScreen,
  syncResumedScreen,
  syncStoppedScreen,
} from '../../src/messages/screens/panelSync';
import { describe, expect, it } from '@jest/globals';
import { GIFTS_PER_PAGE } from '../../src/domain/voucher/gift';
import { SERVER_TROUBLES } from '../../src/domain/catalogue';
import type { TrialStage } from '../../src/domain/freeGrant';
import { LANGUAGES, type Language } from '../../src/domain/language';
import { PAYMENT_STATUSES, type Payment } from '../../src/domain/payment';
import { RECEIPT_CONTACTS } from '../../src/domain/receiptContact';
import { decodeAction } from '../../src/messages/callbackData';
import { adminScreen } from '../../src/messages/screens/admin';
import type { AttentionNote } from '../../src/domain/attention';
import { DRIFT_KINDS } from '../../src/domain/panelDrift';
import { attentionNote, attentionScreen, delayNote } from '../../src/messages/screens/attention';
import { panelScreen, panelsScreen, panelSureScreen } from '../../src/messages/screens/panels';
import { auditNoticeScreen } from '../../src/messages/screens/auditNotice';
import { blockedScreen } from '../../src/messages/screens/blocked';
import { dialogEndScreen, locationsScreen, plansScreen, serversScreen } from '../../src/messages/screens/buy';
import { confirmScreen, otherOrderScreen, planChangedScreen } from '../../src/messages/screens/confirm';
import { helpScreen, languageScreen, supportScreen, termsScreen } from '../../src/messages/screens/info';
import { catalogueNoticeScreen } from '../../src/messages/screens/catalogueNotice';
import { accountChangeScreen, missingProviderScreen } from '../../src/messages/screens/accountChange';
import { grantAlertScreen } from '../../src/messages/screens/grantAlert';
import { grantCaseScreen, grantEndSureScreen } from '../../src/messages/screens/grantCase';
import { keyMessage, qrCaption } from '../../src/messages/screens/key';
import { linkNoticeScreen } from '../../src/messages/screens/linkNotice';
import { menuScreen, noticeWithMenu, welcomeScreen } from '../../src/messages/screens/menu';
import {
  anomalyScreen,
  failingStepScreen,
  keyOwedScreen,
  missedNoticesScreen,
} from '../../src/messages/screens/ownerNotice';
import {
  outageEndScreen,
  outagePastScreen,
  outageScreen,
  saleStoppedScreen,
  type OutageTold,
} from '../../src/messages/screens/outage';
import { outageRefundsOrderedScreen, outageRefundSureScreen } from '../../src/messages/screens/outageRefund';
import { paymentScreen, workflowsAwayScreen } from '../../src/messages/screens/payment';
import { cancelScreen, delayRefundSureScreen } from '../../src/messages/screens/paymentQuestions';
import {
  refundOwnerScreen,
  refundRefusedScreen,
  refundSureScreen,
  refundToldScreen,
} from '../../src/messages/screens/refund';
import { endedScreen, reminderScreen } from '../../src/messages/screens/reminder';
import { contactScreen, settingsScreen } from '../../src/messages/screens/receipt';
import type { Screen } from '../../src/messages/screens/screen';
import { deskCardScreen, deskNoteScreen } from '../../src/messages/screens/deskCard';
import { deskDaysReasonScreen, deskDaysScreen, deskDaysSureScreen } from '../../src/messages/screens/deskDays';
import { deskFoundScreen, deskSearchScreen } from '../../src/messages/screens/deskFound';
import { numbersMeaningScreen, numbersScreen } from '../../src/messages/screens/numbers';
import { decideScreen, timelinePages, timelineScreen } from '../../src/messages/screens/timeline';
import { trialAskedScreen, trialScreen, trialStageScreen } from '../../src/messages/screens/trial';
import { trialReminderScreen } from '../../src/messages/screens/trialReminder';
import { subscriptionBookScreen } from '../../src/messages/screens/subscriptionBook';
import { subscriptionCard, subscriptionsScreen } from '../../src/messages/screens/subscriptions';
import {
  promoAskScreen,
  promoAwayScreen,
  promoLockedScreen,
  promoMalformedScreen,
  promoOfferScreen,
  promoRefusedScreen,
  promoWelcomeScreen,
} from '../../src/messages/screens/promo';
import {
  blockSureScreen,
  eraseSureScreen,
  forfeitSureScreen,
  personScreen,
  type ShownPerson,
  type ShownReward,
} from '../../src/messages/screens/person';
import { promoAskedScreen, promoDaysScreen, promoStageScreen } from '../../src/messages/screens/promoGrant';
import { withOtherServer } from '../../src/messages/screens/otherServer';
import { unseenGrantScreen } from '../../src/messages/screens/unseenGrant';
import {
  failureScreen,
  payLimitedScreen,
  rateLimitedScreen,
  storageAwayScreen,
} from '../../src/messages/screens/trouble';
import { ANOMALY_KINDS } from '../../src/storage/postgres/tables/operations';
import { REFERRAL_DEFAULTS, REWARD_ROLES, TOLD_REWARDS, SUSPICIONS } from '../../src/domain/referral/referral';
import {
  heldRewardScreen,
  referralOffScreen,
  referralScreen,
  type ReferralInput,
  rewardScreen,
  shortenedGiftScreen,
} from '../../src/messages/screens/referral';
import { giftNoticeScreen, giftRevokedScreen, giftScreen } from '../../src/messages/screens/gift';
import { giftCancelScreen, giftGoneScreen, giftsScreen, sentGiftScreen } from '../../src/messages/screens/giftList';
import {
  voucherAnswerScreen,
  voucherAskedScreen,
  voucherEnterScreen,
  voucherLockedScreen,
  voucherPlacesScreen,
  voucherScreen,
  voucherStageScreen,
} from '../../src/messages/screens/voucher';
import { PANEL_TROUBLES } from '../../src/domain/panelTrouble';
import { FREE_KINDS } from '../../src/domain/bookEntry';
import { parseHtml } from '../../simulators/telegram/html';
import { aPayment, aSubscription, NOW } from '../bot/fixtures';
import { createBook, day } from '../domain/books';
import { promoTerms } from '../domain/promoTerms';

/** Breaks markup, turns text round, is far too long, and ends in the middle of an emoji. */
const NASTY = `<b>&"'‮⁦\u0000</code>${'Ж😀'.repeat(300)}`;
const nasty = { ru: NASTY, en: NASTY };
const location = { code: 'a'.repeat(20), name: nasty, flag: NASTY };
const server = { code: 'b'.repeat(20), locationCode: location.code, name: NASTY, freePlaces: 3, trouble: null };
const plan = {
  code: 'c'.repeat(20),
  name: nasty,
  days: 3650,
  trafficGb: 999_999,
  priceKopecks: 35_000_001,
  priceStars: null,
};
const terms = promoTerms({ code: 'X'.repeat(32), validFrom: NOW, validUntil: NOW, usesTotal: 1 });
const promo = { code: terms.code, discountKopecks: 4_000, days: 0 };
const payment = aPayment({
  planName: nasty,
  locationName: nasty,
  locationFlag: NASTY,
  serverName: NASTY,
  days: 3650,
  trafficGb: 999_999,
  basePriceKopecks: 35_000_001,
  priceKopecks: 35_000_001,
});
const subscription = aSubscription({
  locationName: nasty,
  locationFlag: NASTY,
  serverName: NASTY,
  trafficGb: null,
  unlimitedUntil: new Date(NOW.getTime() + 10 * 86_400_000),
  laterTrafficGb: 999_999,
});
const ending = { subscription: { ...subscription, timeZone: 'Europe/Moscow' } };
/** Twelve grants, each late and refunded in parts, and unlimited time that was over twice. */
function longBook() {
  const book = createBook();
  for (let n = 0; n < 12; n += 1) {
    const source = `${n}0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab`;
    book.pay(source, day(n), { days: 3650, gb: n % 2 === 0 ? 999_999 : null });
    book.deliver(source, day(n + 0.5));
    for (const gb of [0, 1, 2]) book.refund(source, day(n + 0.7), null, { ms: gb * 90_061_000, gb });
  }
  for (const gb of [1_000, 2_000]) book.limit(day(40_000 + gb), gb);
  return book.entries;
}
const link =
  'https://panel.example.com/secretpath/77777777-8888-4999-8aaa-bbbbbbbbbbbb/#%F0%9F%87%B3%F0%9F%87%B1%20Amsterdam';
const place = { location, server, renewal: false, trouble: null };
const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const person = {
  telegramId: 9_007_199_254_740_991,
  firstName: NASTY,
  username: 'u'.repeat(32),
  foundBy: 'account',
} as const;
const found = { people: [], payments: [], promo: undefined, hasMore: false, given: '' };
const card = {
  person: { ...person, language: 'ru', referredBy: 7, promoCode: null, unreachableAt: NOW, createdAt: NOW },
  ...{ subscriptions: [], otherSubscriptions: 0, panelSays: new Map(), sums: [], notes: [], payments: [] },
  ...{ given: '', now: NOW, timeZone: 'Europe/Moscow' },
} as const;
const numbersOf = {
  period: 'year',
  from: '2025-11-30',
  to: '2026-11-29',
  money: ['EUR', 'RUB', 'XTR'].map((currency) => ({ currency, gross: 9_007_199_254_740_991, refunds: 5, net: -5 })),
  counts: { new: 100_000, renewed: 1, back: 0, lapsed: 2 },
  active: { paid: 200_000, trial: 3, given: 0 },
} as const;
const panelSays = {
  subscriptionId: subscription.id,
  ...{ usedGb: 1 / 3, panelEnabled: true, panelActive: false, lastOnline: NASTY, changedAt: NOW, panelExpiresAt: NOW },
};
const told = {
  payment,
  stage: 'done',
  kopecks: 35_000_001,
  reason: 'a reason nobody <b>knows</b>',
  askedBy: 'operator:900',
  stray: false,
  subscription,
} as const;
const outage = (change: Partial<OutageTold['outage']> = {}): OutageTold => ({
  outage: {
    id: 1,
    service: 'hiddify',
    serverCode: 'b'.repeat(20),
    serverName: NASTY,
    locationName: nasty,
    kind: 'away',
    reason: NASTY,
    code: null,
    shown: null,
    beganAt: NOW,
    goodSince: null,
    endedAt: null,
    toldAt: null,
    endToldAt: null,
    ...change,
  },
  waiting: {
    deliveries: 22,
    paid: { RUB: 35_000_001, XTR: 2_500 },
    freeGrants: 12,
    grants: Array.from({ length: 5 }, (_, index) => ({
      ...{ id: payment.id, userId: 9_999_999_999, dueAt: NOW, freeSource: '1' },
      freeKind: FREE_KINDS[index % FREE_KINDS.length]!,
    })),
    revocations: 1,
    switchOffs: 2,
    isStopped: false,
    orders: Array.from({ length: 10 }, (_, index) => ({
      id: payment.id,
      userId: 9_999_999_999,
      status: 'delayed' as const,
      planName: nasty,
      refundedKopecks: 0,
      priceKopecks: 35_000_001,
      currency: 'RUB',
      renewsSubscriptionId: index === 0 ? payment.id : null,
      refundDueAt: index === 1 ? null : NOW,
      paidAt: NOW,
    })),
  },
  timeZone: 'Asia/Vladivostok',
});
const panelOutage = { ...outage().outage, serverCode: 'b'.repeat(20) };
const atProvider = (endedAt: Date | null = null): OutageTold => ({
  ...outage({ service: 'yookassa', ...noServer, endedAt }),
  waiting: undefined,
  atProvider: {
    ...{ links: 1_000, payments: 2_000, refunds: 3_000, refundSums: { RUB: 105_000_003, XTR: 2_500 } },
    orders: Array.from({ length: 10 }, (_, index) => ({
      ...{ id: payment.id, userId: 7_000_000_001, planName: nasty, kopecks: 35_000_001, currency: 'RUB', since: NOW },
      what: (['refund', 'payment', 'link'] as const)[index % 3]!,
    })),
  },
});
const noServer = { serverCode: null, serverName: null, locationName: null };
const at = { timeZone: 'Europe/Moscow', now: NOW };
const counts = {
  open: 1,
  undelivered: 2,
  refunding: 3,
  active: 4,
  users: 5,
  issuedToday: 6,
  revenueToday: { RUB: 7_000_050, XTR: 2_500 },
};
const servers = [true, false].map((isStopped) => ({ code: 'b'.repeat(20), name: NASTY, isStopped }));
const panelStanding = {
  code: 'nl-1',
  name: 'Amsterdam 1',
  locationCode: 'nl',
  active: true,
  isStopped: false,
  goneAt: null,
  living: 12,
  deliveries: 3,
  paid: { RUB: 89_700 },
  freeGrants: 4,
  revocations: 2,
  abandoned: 1,
};
const unfinished = { payment, dialog: true, invites: true };
const reasons = [
  'insufficient_funds',
  '3d_secure_failed',
  'provider-unavailable',
  'buyer',
  'refunded-by-other-means',
  'a reason nobody <b>knows</b>',
  null,
];

const NOTES: readonly AttentionNote[] = [
  ...['wrong-amount', 'wrong-currency', 'foreign-payment', 'refunded-outside', NASTY].map((reason) => ({
    ...{ about: 'mismatch' as const, reason, paidKopecks: 10_000, refundAt: NOW.toISOString() },
  })),
  { about: 'mismatch', reason: 'wrong-currency', paidKopecks: null, refundAt: null },
  { about: 'unknown', reason: 'another-account' },
  { about: 'unknown', reason: 'unknown-to-provider' },
  { about: 'key-refused' },
  ...['insufficient_funds', 'yoo_money_account_closed', NASTY].map((reason) => ({
    ...{ about: 'refund-refused' as const, reason },
  })),
  ...['nothing-left', 'too-much', 'remainder-too-small', 'refunding', 'refunded', NASTY].map((reason) => ({
    ...{ about: 'refund-not-made' as const, reason, askedBy: NASTY },
  })),
];
const noteIn = (note: AttentionNote, language: Language) =>
  attentionNote(note, { payment, timeZone: 'Europe/Moscow' }, language);

const anomaly = {
  id: 1,
  kind: 'unknown-payment' as const,
  provider: 'yookassa',
  providerRef: '2d0f-1',
  paymentId: null,
  amount: { currency: 'XTR', minor: 19_900 },
  foundAt: NOW,
};

const TRIAL_STAGES: readonly TrialStage[] = [
  ...PANEL_TROUBLES,
  ...(['server-changed', 'no-other-server', 'issued', 'key-owed', 'panel-gone', 'revoked'] as const),
  ...(['off', 'changed', 'not-new', 'spent', 'not-member', 'full', 'unavailable'] as const),
];
const owedKey = { id: payment.id, userId: payment.userId, freeKind: null };
const trialRequest = { kind: 'trial', source: '9999999999', userId: 9_999_999_999 } as const;

const referral: ReferralInput = {
  ...{ link: 'https://t.me/a_bot_with_a_very_long_name_indeed_bot?start=ref_ZZZZZZZZ', rewardDays: 90 },
  terms: { purchases: 'each', secondLevelDays: 90, mostPerMonth: 1_000 },
  ...{ invited: 99_999, paid: 99_999, days: 99_999, voucherCode: 'Z'.repeat(16), timeZone: 'Asia/Vladivostok' },
  waiting: Array.from({ length: 10 }, () => ({ initial: NASTY, dueAt: NOW, isHeld: true })),
};
const reward = {
  ...{ days: 90, offsetDays: 10, dueAt: NOW, expiresAt: NOW, voucherCode: 'Z'.repeat(16) },
  timeZone: 'Asia/Vladivostok',
};
const claimedVoucher = { code: 'Z'.repeat(16), isNewKey: true };
const promoDays = { terms, troubles: new Map([[subscription.serverCode, 'away' as const]]), timeZone: 'Europe/Moscow' };
const voucherOffer = {
  voucher: {
    ...{ id: payment.id, code: 'Z'.repeat(16), status: 'issued' as const, planCode: plan.code, planName: nasty },
    ...{ days: 3650, trafficGb: 999_999, batchId: null, note: NASTY, claimedBy: null, claimedAt: null },
    ...{ createdAt: NOW, claimableUntil: NOW, giverId: null, returnedAt: null, isRefunded: false },
    ...{ partner: NASTY, oncePerPerson: true },
    partRefund: { refundedKopecks: 10_000, paidKopecks: 29_900 },
  },
  subscriptions: Array.from({ length: 50 }, () => subscription),
  places: Array.from({ length: 50 }, () => ({ ...location, trouble: 'no-keys' as const })),
  troubles: new Map([[subscription.serverCode, 'away' as const]]),
  timeZone: 'Asia/Vladivostok',
} as const;

const aGift = {
  ...{ id: payment.id, code: 'Z'.repeat(16), planCode: plan.code, planName: nasty, days: 3650, trafficGb: 999_999 },
  ...{ createdAt: NOW, claimableUntil: null, claimedBy: null, claimedAt: null, returnedAt: null, givenBackAt: null },
  ...{ deliveredAt: NOW },
  ...{ giverId: 9_999_999_999, chatId: 9_999_999_999, priceKopecks: 35_000_001, refundedKopecks: 0 },
  currency: 'RUB',
} as const;
const giftLink = 'https://t.me/a_bot_with_a_very_long_name_indeed_bot?start=gift_ZZZZZZZZZZZZZZZZ';
const giftStates = ['waiting', 'returned', 'claimed', 'refunded'] as const;
const giftPayment = aPayment({
  ...{ purpose: 'gift', planName: nasty, locationCode: null, locationName: null, locationFlag: null, serverCode: null },
  ...{ serverName: null, chosenServerCode: null },
});
const ofGift = { gift: { ...aGift, state: 'waiting' }, link: giftLink, timeZone: 'Asia/Vladivostok' } as const;

const aPerson = (change: Partial<ShownPerson> = {}): ShownPerson => ({
  ...{ telegramId: 9_999_999_999, firstName: NASTY, username: NASTY, createdAt: NOW },
  ...{ blockedAt: null, blockedBy: null, blockReason: null, erasedAt: null, ...change },
});
const aReward: ShownReward = {
  ...{ id: payment.id, userId: 9_999_999_999, friendId: 9_999_999_999, days: 3650, createdAt: NOW },
  role: 'second-level',
  status: 'granted',
};

const SCREENS: Record<string, (language: Language) => Screen> = {
  'somebody is blocked': blockedScreen,
  'a person': (l) => personScreen({ person: aPerson(), rewards: [aReward, aReward], timeZone: 'UTC' }, l),
  'a person who is blocked, and whose data are removed': (l) =>
    personScreen(
      {
        person: aPerson({ blockedAt: NOW, blockedBy: NASTY, blockReason: 'fraud', erasedAt: NOW, username: null }),
        ...{ rewards: [], timeZone: 'Asia/Vladivostok' },
      },
      l,
    ),
  'block somebody?': (l) => blockSureScreen({ user: 9_999_999_999, reason: 'fraud' }, l),
  'take a reward back?': (l) => forfeitSureScreen(aReward, l),
  'remove somebody’s data?': (l) => eraseSureScreen(9_999_999_999, l),
  'a panel is away': (l) => outageScreen(outage(), l),
  'a panel refuses the key': (l) => outageScreen(outage({ kind: 'refused' }), l),
  'a panel makes no keys': (l) => outageScreen(outage({ kind: 'no-keys', code: 'full' }), l),
  'a panel is away, and its server is not sold': (l) =>
    outageScreen({ ...outage(), waiting: { ...outage().waiting!, isStopped: true, deliveries: 0, orders: [] } }, l),
  'an outage that only free grants wait for': (l) =>
    outageEndScreen({ ...outage({ endedAt: NOW }), waiting: { ...outage().waiting!, deliveries: 0, orders: [] } }, l),
  'a panel is back': (l) => outageEndScreen(outage({ endedAt: NOW }), l),
  'nobody waits for a panel any more': (l) => outageEndScreen(outage({ kind: 'no-keys', endedAt: NOW }), l),
  'the outage is over': (l) => outagePastScreen(outage({ endedAt: NOW }), l),
  'all the money that waits for a panel': (l) =>
    outageRefundSureScreen(panelOutage, { count: 22, sums: { RUB: 1 }, paidUntil: 9_999_999_999 }, l),
  'its refunds are ordered': (l) => outageRefundsOrderedScreen(panelOutage, { sent: 22, again: 3 }, l),
  'a server that is not sold': (l) => saleStoppedScreen({ code: 'b'.repeat(20), name: NASTY }, l),
  'the panel refuses one order': (l) =>
    attentionScreen({ payment, note: delayNote({ code: NASTY, refundDueAt: NOW, timeZone: 'Europe/Moscow' }, l) }, l),
  'YooKassa is away': (l) => outageScreen(atProvider(), l),
  'YooKassa is away, and nobody waits': (l) =>
    outageScreen(
      {
        ...atProvider(),
        atProvider: { links: 0, payments: 0, refunds: 0, refundSums: {}, orders: [] },
      },
      l,
    ),
  'YooKassa is back': (l) => outageEndScreen(atProvider(NOW), l),
  'messages that did not reach the owner': (l) =>
    missedNoticesScreen(
      Array.from({ length: 30 }, () => `${payment.id}:x`),
      l,
    ),
  'the audit’s differences': (l) =>
    auditNoticeScreen(
      Array.from({ length: 500 }, () => ({
        kind: 'stuck' as const,
        ids: { payment: NASTY, server: NASTY },
        detail: NASTY,
      })),
      l,
    ),
  'a subscription ends today': (l) => reminderScreen({ ...ending, daysLeft: 0 }, l),
  'a subscription ends in three days': (l) => reminderScreen({ ...ending, daysLeft: 3 }, l),
  'a subscription has ended': (l) => endedScreen(ending, l),
  ...Object.fromEntries(
    TRIAL_STAGES.map((stage) => [`a trial that is ${stage}`, (l: Language) => trialStageScreen(stage, l)]),
  ),
  'a trial for the members of a channel': (l) => trialStageScreen('not-member', l, '@our_channel'),
  'the channel of the trial is not readable': (l) => grantAlertScreen({ request: trialRequest, about: 'channel' }, l),
  'a trial with many places': (l) =>
    trialScreen(
      { ...plan, keep: false, priceKopecks: null },
      Array.from({ length: 50 }, (_, n) => ({ ...location, trouble: n === 0 ? null : ('away' as const) })),
      l,
    ),
  'a trial without a place': (l) => trialScreen({ ...plan, keep: true, priceKopecks: 1_000 }, [], l),
  'a trial that is being made': (l) =>
    trialAskedScreen({ location: location.code, terms: '3-5-keep', isAsked: true }, l),
  'a trial that could not be asked for': (l) =>
    trialAskedScreen({ location: location.code, terms: '3-5-keep', isAsked: false }, l),
  'a trial that nobody has used': (l) => trialReminderScreen({ ...ending, kind: 'trial-not-connected' }, l),
  'a trial that ends': (l) => trialReminderScreen({ ...ending, kind: 'trial-1-day' }, l),
  'a trial that ends with a purchase': (l) =>
    trialReminderScreen({ subscription: { ...ending.subscription, endsWithPurchase: true }, kind: 'trial-1-day' }, l),
  'the card of a trial that ends with a purchase': (l) =>
    subscriptionCard(
      {
        subscription: { ...subscription, planCode: 'trial', endsWithPurchase: true },
        ...{ subscriptionUrl: link, listPage: 0, publicUrl: 'https://shop.example.com' },
        ...at,
      },
      l,
    ),
  'plans for a trial that ends with a purchase': (l) =>
    plansScreen({ ...place, renewal: true, endsTrial: true }, [{ plan, promo: null }], l),
  'confirm for a trial that ends with a purchase': (l) =>
    confirmScreen({ place: { ...place, renewal: true, endsTrial: true }, plan, promo: null, paymentId: payment.id }, l),
  'a trial that has ended': (l) => trialReminderScreen({ ...ending, kind: 'trial-ended' }, l),
  'all trials of a day are given': (l) => grantAlertScreen({ request: trialRequest, about: 'spent' }, l),
  ...Object.fromEntries(
    FREE_KINDS.flatMap((kind) =>
      (['unrecorded', 'not-given'] as const).map((about) => [
        `a free grant, ${kind}, ${about}`,
        (l: Language) =>
          grantAlertScreen(
            { request: { ...trialRequest, kind, source: kind === 'trial' ? '9999999999' : payment.id }, about },
            l,
          ),
      ]),
    ),
  ),
  ...Object.fromEntries(
    (['new', 'unrecorded', 'given', 'waiting', 'issued', 'undelivered', 'refused', undefined] as const).map(
      (status) => [
        `for an admin: a free grant that is ${status}`,
        (l: Language) =>
          grantCaseScreen(
            { kind: 'gift', source: payment.id, userId: 9_999_999_999 },
            {
              status,
              given: NASTY,
              options: ['retry', 'close'],
              temporalUi: { url: 'https://t.io', namespace: 'shop' },
            },
            l,
          ),
      ],
    ),
  ),
  'for an admin: give up a free grant?': (l) => grantEndSureScreen({ kind: 'promo', source: payment.id }, l),
  'a trial without a key': (l) => grantAlertScreen({ request: trialRequest, about: 'panel-gone' }, l),
  'a free grant that its panel refuses': (l) =>
    grantAlertScreen({ request: { ...trialRequest, kind: 'referral' }, about: 'refused', code: NASTY }, l),
  'menu of somebody new': (l) => menuScreen(l, { ...unfinished, trial: { ...plan, priceKopecks: 1_000 } }),
  ...Object.fromEntries(
    giftStates.map((state) => [
      `a gift that is ${state}, as its giver sees it`,
      (l: Language) => sentGiftScreen({ ...ofGift, gift: { ...aGift, state }, isRefundable: true }, l),
    ]),
  ),
  ...Object.fromEntries(
    (['reminder', 'claimed', 'returned'] as const).map((about) => [
      `its giver is told: ${about}`,
      (l: Language) => giftNoticeScreen(about, ofGift, l),
    ]),
  ),
  'the link of a gift': (l) => giftScreen(ofGift, l),
  'the link of a gift that is its giver’s own': (l) =>
    giftScreen({ ...ofGift, gift: { ...aGift, state: 'returned' } }, l),
  'many gifts': (l) =>
    giftsScreen(
      {
        items: Array.from({ length: GIFTS_PER_PAGE }, (_, n) => ({ ...aGift, state: giftStates[n % 4]! })),
        page: 1,
        hasNext: true,
        timeZone: 'Asia/Vladivostok',
        areSold: true,
      },
      l,
    ),
  'no gifts': (l) => giftsScreen({ items: [], page: 0, hasNext: false, timeZone: 'Europe/Moscow', areSold: false }, l),
  'a gift is cancelled': (l) => giftCancelScreen(giftPayment, l),
  ...Object.fromEntries(
    giftStates.map((state) => [
      `a gift that is ${state}, a part of its money back`,
      (l: Language) =>
        sentGiftScreen({ ...ofGift, gift: { ...aGift, state, refundedKopecks: 17_500_000 }, isRefundable: false }, l),
    ]),
  ),
  'a gift is revoked': (l) =>
    giftRevokedScreen(
      ofGift.gift,
      { isWhole: true, offer: { percent: 100, until: NOW }, timeZone: 'Asia/Vladivostok' },
      l,
    ),
  'a part of a gift is revoked': (l) =>
    giftRevokedScreen(ofGift.gift, { isWhole: false, offer: undefined, timeZone: 'Europe/Moscow' }, l),
  'a refund of an order of which no gift was made': (l) =>
    refundToldScreen({ ...told, payment: giftPayment, subscription: undefined }, l, 'Europe/Moscow'),
  'no such gift': (l) => giftGoneScreen(l),
  'plans of a gift': (l) => plansScreen(null, [{ plan, promo: null }], l),
  'confirm a gift': (l) => confirmScreen({ place: null, plan, promo, paymentId: payment.id }, l),
  'another gift is open': (l) =>
    otherOrderScreen(giftPayment, { place: null, plan, promo: null, paymentId: payment.id }, l),
  ...Object.fromEntries(
    PAYMENT_STATUSES.map((status) => [
      `a gift's order that is ${status}`,
      (l: Language) => paymentScreen({ payment: { ...giftPayment, status }, language: l, ...at }),
    ]),
  ),
  'a cancelled order for a gift': (l) =>
    paymentScreen({ payment: { ...giftPayment, status: 'pending', dismissedAt: NOW }, language: l, ...at }),
  ...Object.fromEntries(
    giftStates.map((gift) => [
      `a refund of a gift that is ${gift}`,
      (l: Language) =>
        refundToldScreen({ ...told, payment: giftPayment, subscription: undefined, gift }, l, 'Europe/Moscow'),
    ]),
  ),
  'no refund of a gift that is claimed': (l) => refundRefusedScreen(giftPayment, 'gift-claimed', l),
  welcome: (l) => welcomeScreen(NASTY, l, unfinished),
  'welcome of somebody without a printable name': (l) => welcomeScreen('\u202E\u200F', l),
  menu: (l) => menuScreen(l, unfinished),
  'unknown message': (l) => noticeWithMenu('unknown-message', l),
  'nothing to cancel': (l) => noticeWithMenu('nothing-to-cancel', l),
  cancelled: (l) => noticeWithMenu('cancelled-dialog', l),
  'no locations': (l) => locationsScreen([], 0, l),
  'many locations': (l) =>
    locationsScreen(
      Array.from({ length: 50 }, () => location),
      3,
      l,
    ),
  servers: (l) =>
    serversScreen(location, [server, { ...server, freePlaces: 0 }, { ...server, freePlaces: null }], 0, l),
  'servers in trouble': (l) =>
    serversScreen(
      location,
      SERVER_TROUBLES.map((trouble) => ({ ...server, trouble })),
      0,
      l,
    ),
  ...Object.fromEntries(
    SERVER_TROUBLES.flatMap((trouble) =>
      [false, true].map((renewal) => [
        `confirm${renewal ? ' a renewal' : ''} on a server that is ${trouble}`,
        (l: Language) =>
          confirmScreen({ place: { ...place, renewal, trouble }, plan, promo: null, paymentId: payment.id }, l),
      ]),
    ),
  ),
  'full servers': (l) => serversScreen(location, [{ ...server, freePlaces: 0 }], 0, l),
  plans: (l) => plansScreen(place, [{ plan, promo: null }], l),
  'plans of a renewal': (l) => plansScreen({ ...place, renewal: true }, [{ plan, promo: null }], l),
  'no plans': (l) => plansScreen({ ...place, server: undefined }, [], l),
  confirm: (l) =>
    confirmScreen(
      {
        place,
        plan,
        promo: null,
        paymentId: payment.id,
        receiptContact: { email: `${'a'.repeat(64)}@${'b'.repeat(63)}.example.com` },
      },
      l,
    ),
  'confirm any server': (l) =>
    confirmScreen(
      {
        place: { ...place, server: undefined },
        plan: { ...plan, trafficGb: null },
        promo: null,
        paymentId: payment.id,
      },
      l,
    ),
  'confirm a renewal': (l) =>
    confirmScreen({ place: { ...place, renewal: true }, plan, promo: null, paymentId: payment.id }, l),
  'confirm a limited renewal of unlimited days': (l) =>
    confirmScreen(
      { place: { ...place, renewal: true, traffic: 'unlimited' }, plan, promo: null, paymentId: payment.id },
      l,
    ),
  'confirm an unlimited renewal': (l) =>
    confirmScreen(
      {
        place: { ...place, renewal: true, traffic: 'limited' },
        plan: { ...plan, trafficGb: null },
        promo: null,
        paymentId: payment.id,
      },
      l,
    ),
  'limit reached': (l) => dialogEndScreen('limit-reached', l),
  ...Object.fromEntries(
    RECEIPT_CONTACTS.flatMap((accepted) =>
      [true, false].map((isWrong) => [
        `address for receipts, ${accepted}, ${isWrong ? 'wrong' : 'asked for'}`,
        (l: Language) => contactScreen({ accepted, isWrong, inPurchase: isWrong }, l),
      ]),
    ),
  ),
  'address for receipts kept': (l) => noticeWithMenu('contact-saved', l),
  settings: (l) => settingsScreen({ contact: { phone: '79001234567' }, accepted: 'email-or-phone' }, l),
  'settings without an address': (l) => settingsScreen({ contact: undefined, accepted: 'email' }, l),
  'settings without receipts': (l) => settingsScreen({ contact: undefined, accepted: undefined }, l),
  'plans with a promo code': (l) =>
    plansScreen(
      place,
      [
        { plan, promo },
        { plan, promo: { ...promo, days: 7 } },
      ],
      l,
    ),
  ...Object.fromEntries(
    (
      ['unknown', 'foreign', 'not-yet', 'over', 'all-used', 'yours-used', 'first-purchase', 'no-subscription'] as const
    ).map((reason) => [
      `promo code refused: ${reason}`,
      (l: Language) => promoRefusedScreen(reason, terms, 'Asia/Yekaterinburg', l),
    ]),
  ),
  ...Object.fromEntries(
    (['plan', 'min-days', 'renewals', 'currency', 'held', 'unknown'] as const).map((reason) => [
      `plans that a promo code is not for: ${reason}`,
      (l: Language) =>
        plansScreen(place, [{ plan, promo: null, refusal: { code: promo.code, reason, isHeld: true } }], l),
    ]),
  ),
  ...Object.fromEntries(
    (['length', 'look-alike', 'characters'] as const).map((problem) => [
      `no promo code: ${problem}`,
      (l: Language) => promoMalformedScreen(problem, l),
    ]),
  ),
  'confirm with a promo code': (l) =>
    confirmScreen({ place, plan, promo, paymentId: payment.id, promoChanged: true }, l),
  'plans with a personal offer that is better than the promo code': (l) =>
    plansScreen(place, [{ plan, promo, setAside: { code: 'Y'.repeat(32), isOffer: true } }], l),
  'confirm with a promo code that is better than a personal offer': (l) =>
    confirmScreen({ place, plan, promo, setAside: { code: 'Y'.repeat(32), isOffer: false }, paymentId: payment.id }, l),
  'confirm with days of a promo code': (l) =>
    confirmScreen({ place, plan, promo: { ...promo, discountKopecks: 0, days: 7 }, paymentId: payment.id }, l),
  'confirm without the promo code': (l) =>
    confirmScreen(
      { place, plan, promo: null, refusal: { code: promo.code, reason: 'plan', isHeld: true }, paymentId: payment.id },
      l,
    ),
  'another order is open, and a promo code': (l) =>
    otherOrderScreen(
      { ...payment, promoCode: promo.code, discountKopecks: 4_000, basePriceKopecks: payment.priceKopecks + 4_000 },
      { place, plan, promo, paymentId: payment.id },
      l,
    ),
  'come with a promo code': (l) => promoWelcomeScreen(NASTY, true, l),
  'come with a promo code that is none': (l) => promoWelcomeScreen(NASTY, false, l),
  'asked for a promo code': promoAskScreen,
  ...Object.fromEntries(
    (['percent', 'fixed', 'days'] as const).map((kind) => [
      `what a promo code gives: ${kind}`,
      (l: Language) =>
        promoOfferScreen(
          {
            terms: { ...terms, kind },
            plans: [{ plan, promo }],
            timeZone: 'Europe/Moscow',
            canContinue: kind === 'days',
          },
          l,
        ),
    ]),
  ),
  'what a promo code gives, for some': (l) =>
    promoOfferScreen(
      {
        terms: { ...terms, validUntil: null, audience: 'first-purchase', minDays: 30, renewals: true },
        plans: [],
        timeZone: 'Europe/Moscow',
        canContinue: false,
      },
      l,
    ),
  ...Object.fromEntries(
    (
      [
        ...PANEL_TROUBLES,
        'server-changed',
        'no-other-server',
        'issued',
        'key-owed',
        'panel-gone',
        'revoked',
        'full',
        'unavailable',
        'limit-reached',
        'changed',
        'unknown',
        'alone',
      ] as const
    ).map((stage) => [
      `what a promo code gives for nothing: ${stage}`,
      (l: Language) => promoStageScreen({ stage, isNewKey: stage === 'issued', timeZone: 'Europe/Moscow' }, l),
    ]),
  ),
  ...Object.fromEntries(
    (['trial', 'promo', 'gift'] as const).flatMap((kind) =>
      (['issued', 'delayed', 'revoked'] as const).map((status) => [
        `the message in which somebody asked: ${kind} ${status}`,
        (l: Language) =>
          unseenGrantScreen({
            ...{ id: payment.id, kind, source: kind === 'trial' ? '9999999999' : payment.id, userId: 9_999_999_999 },
            ...{ status, reason: 'panel-gone', makesKey: true, keySentAt: null, unseenIn: [7] },
            ...{ code: 'Z'.repeat(16), usableUntil: null, language: l, timeZone: 'Europe/Moscow' },
          })!,
      ]),
    ),
  ),
  'what a promo code gave, given back': (l) =>
    promoStageScreen(
      { stage: 'panel-gone', isNewKey: true, usableUntil: new Date('2026-12-05T09:00:00Z'), timeZone: 'Europe/Moscow' },
      l,
    ),
  'days of a promo code': (l) => promoDaysScreen({ ...promoDays, subscriptions: [subscription, aSubscription()] }, l),
  'days of a promo code without a subscription': (l) => promoDaysScreen({ ...promoDays, subscriptions: [] }, l),
  'what a promo code gives is asked for': (l) => promoAskedScreen({ do: 'pay', payment: payment.id }, true, l),
  'what a promo code gives can not be asked for': (l) =>
    promoAskedScreen({ do: 'promo-days', subscription: subscription.id, shown: 'x'.repeat(8), days: 9 }, false, l),
  'confirm what a promo code gives for nothing': (l) =>
    confirmScreen({ place, plan, promo: { ...promo, discountKopecks: plan.priceKopecks }, paymentId: payment.id }, l),
  'the same on a server in trouble': (l) =>
    confirmScreen(
      {
        ...{ place: { ...place, trouble: 'away' as const }, plan, paymentId: payment.id },
        promo: { ...promo, discountKopecks: plan.priceKopecks },
      },
      l,
    ),
  'too many promo codes': (l) => promoLockedScreen(61_000, l),
  'promo codes can not be checked': promoAwayScreen,
  'promo code put away': (l) => noticeWithMenu('promo-dropped', l),
  'an invitation that does not count': (l) => noticeWithMenu('invitation-late', l),
  'the own link, opened by oneself': (l) => noticeWithMenu('invitation-own', l),
  'plan changed': (l) => planChangedScreen(plan, l),
  'another order is open': (l) => otherOrderScreen(payment, { place, plan, promo: null, paymentId: payment.id }, l),
  'a voucher, for somebody with subscriptions': (l) => voucherScreen(voucherOffer, l),
  'a voucher of a reward': (l) =>
    voucherScreen({ ...voucherOffer, voucher: { ...voucherOffer.voucher, planName: null } }, l),
  'a voucher, for somebody without': (l) => voucherScreen({ ...voucherOffer, subscriptions: [] }, l),
  'a voucher, where there is no place': (l) => voucherPlacesScreen({ ...voucherOffer, places: [] }, l),
  ...Object.fromEntries(
    (['unknown', 'claimed', 'yours', 'revoked', 'refunded', 'returned'] as const).map((answer) => [
      `a voucher that is ${answer}`,
      (l: Language) => voucherAnswerScreen(answer, l),
    ]),
  ),
  'inviting friends': (l) => referralScreen(referral, l),
  'inviting friends, nobody yet': (l) =>
    referralScreen({ ...referral, terms: REFERRAL_DEFAULTS, waiting: [], voucherCode: null }, l),
  'inviting friends, which brings nothing': (l) =>
    referralOffScreen({ standing: undefined, timeZone: 'Europe/Moscow' }, l),
  'inviting friends, which brings nothing more': (l) =>
    referralOffScreen({ standing: referral, timeZone: 'Asia/Vladivostok' }, l),
  'a gift that became shorter': (l) =>
    shortenedGiftScreen({ why: 'revoked', until: NOW, timeZone: 'Asia/Vladivostok' }, l),
  'a gift of which nothing is left': (l) =>
    shortenedGiftScreen({ why: 'forfeited', until: null, timeZone: 'Europe/Moscow' }, l),
  'a reward that waits for the owner': (l) =>
    heldRewardScreen(
      {
        ...{ id: payment.id, suspicions: SUSPICIONS, userId: 9_999_999_999, friendId: 9_999_999_999, days: 90 },
        dueAt: NOW,
      },
      l,
      'Asia/Vladivostok',
    ),
  ...Object.fromEntries(
    REWARD_ROLES.flatMap((role) =>
      TOLD_REWARDS.map((status) => [
        `the reward of a ${role}, ${status}`,
        (l: Language) => rewardScreen({ ...reward, role, status }, l),
      ]),
    ),
  ),
  'vouchers locked': (l) => voucherLockedScreen(899_999, l),
  'the code of a voucher': (l) => voucherEnterScreen(l),
  'a voucher asked for': (l) => voucherAskedScreen({ ...claimedVoucher, isAsked: true }, l),
  'a voucher asked for, more days': (l) => voucherAskedScreen({ ...claimedVoucher, isNewKey: false, isAsked: true }, l),
  'a voucher that could not be asked for': (l) => voucherAskedScreen({ ...claimedVoucher, isAsked: false }, l),
  ...Object.fromEntries(
    (
      [
        ...PANEL_TROUBLES,
        'server-changed',
        'no-other-server',
        'issued',
        'key-owed',
        'panel-gone',
        'revoked',
        'claimed',
        'void',
        'full',
        'unavailable',
        'limit-reached',
        'changed',
      ] as const
    ).map((stage) => [`a claimed voucher, ${stage}`, (l: Language) => voucherStageScreen(stage, claimedVoucher, l)]),
  ),
  ...Object.fromEntries(
    ([...PANEL_TROUBLES, 'issued', 'panel-gone'] as const).map((stage) => [
      `a claimed voucher, more days, ${stage}`,
      (l: Language) => voucherStageScreen(stage, { ...claimedVoucher, isNewKey: false }, l),
    ]),
  ),
  unavailable: (l) => dialogEndScreen('unavailable', l),
  'gifts are not sold': (l) => dialogEndScreen('no-gifts', l),
  'menu of somebody who has given, where gifts are not sold': (l) => menuScreen(l, { ...unfinished, gifts: 'given' }),
  full: (l) => dialogEndScreen('full', l),
  expired: (l) => dialogEndScreen('expired-dialog', l),
  ...Object.fromEntries(
    PAYMENT_STATUSES.map((status) => [
      `payment ${status}`,
      (l: Language) => paymentScreen({ payment: { ...payment, status }, language: l, ...at }),
    ]),
  ),
  ...Object.fromEntries(
    PAYMENT_STATUSES.map((status) => [
      `payment ${status}, a renewal`,
      (l: Language) =>
        paymentScreen({ payment: { ...payment, status, renewsSubscriptionId: subscription.id }, language: l, ...at }),
    ]),
  ),
  ...Object.fromEntries(
    reasons.flatMap((reason) =>
      (['canceled', 'refunding', 'refunded', 'delayed'] as const).map((status) => [
        `payment ${status} because of ${reason}`,
        (l: Language) => paymentScreen({ payment: { ...payment, status, reason }, language: l, ...at }),
      ]),
    ),
  ),
  ...Object.fromEntries(
    (['created', 'pending', 'guarding'] as const).map((status) => [
      `payment ${status}, dismissed`,
      (l: Language) => paymentScreen({ payment: { ...payment, status, dismissedAt: NOW }, language: l, ...at }),
    ]),
  ),
  'payment checked': (l) =>
    paymentScreen({ payment: { ...payment, checkedAt: NOW }, language: l, timeZone: 'Asia/Tashkent', now: NOW }),
  'payment without a link': (l) =>
    paymentScreen({ payment: { ...payment, confirmationUrl: null, payableUntil: null }, language: l, ...at }),
  'payment with a link nobody can press': (l) =>
    paymentScreen({ payment: { ...payment, confirmationUrl: 'javascript:alert(1)' }, language: l, ...at }),
  'payment past its time': (l) =>
    paymentScreen({ payment: { ...payment, status: 'guarding', payableUntil: new Date(0) }, language: l, ...at }),
  'payment in a zone that does not exist': (l) =>
    paymentScreen({ payment, language: l, timeZone: 'Mars/Olympus', now: NOW }),
  'payment of a wrong amount': (l) =>
    paymentScreen({ payment: { ...payment, status: 'guarding', reason: 'wrong-amount' }, language: l, ...at }),
  'payment without another server': (l) =>
    paymentScreen({
      payment: { ...payment, status: 'delayed', reason: 'panel-refuses:no-other-server' },
      language: l,
      ...at,
    }),
  'payment moved to another server': (l) =>
    paymentScreen({ payment: { ...payment, status: 'delayed', reason: 'server-changed' }, language: l, ...at }),
  'payment on a full server': (l) =>
    paymentScreen({ payment: { ...payment, status: 'delayed', reason: 'panel-full' }, language: l, ...at }),
  'payment on a server that refuses': (l) =>
    paymentScreen({ payment: { ...payment, status: 'delayed', reason: 'panel-refuses' }, language: l, ...at }),
  'panel not synced': (l) =>
    syncStoppedScreen({ serverCode: 'nl-1', runs: 3, reason: 'hiddify: <b>', workflowUrl: 'https://t.example' }, l),
  'panel not synced, still running': (l) =>
    syncStoppedScreen({ serverCode: 'nl-1', runs: 3, reason: undefined, workflowUrl: undefined }, l),
  'panel synced again': (l) => syncResumedScreen({ serverCode: 'nl-1' }, l),
  'panel without a list': (l) => listFailingScreen({ serverCode: 'nl-1', unreadable: 0, workflowUrl: undefined }, l),
  'panel with unreadable accounts': (l) =>
    listFailingScreen({ serverCode: 'nl-1', unreadable: 2, workflowUrl: 'https://t.example' }, l),
  'panel with hidden accounts': (l) => accountsHiddenScreen({ serverCode: 'nl-1' }, l),
  'money back?': (l) => delayRefundSureScreen(payment, l),
  'cancel?': (l) => cancelScreen(payment, l),
  'workflows away': (l) => workflowsAwayScreen(payment, l),
  key: (l) =>
    keyMessage({
      subscription,
      subscriptionUrl: link,
      language: l,
      timeZone: 'Europe/Moscow',
      publicUrl: 'https://shop.example.com',
    }),
  'key with a very long link': (l) =>
    keyMessage({
      subscription,
      subscriptionUrl: `${link}${'%D0%96'.repeat(60)}`,
      language: l,
      timeZone: 'Europe/Moscow',
      publicUrl: 'http://localhost:8080',
    }),
  'key of a shop without https': (l) =>
    keyMessage({
      subscription,
      subscriptionUrl: link,
      language: l,
      timeZone: 'Europe/Moscow',
      publicUrl: 'http://shop.example.com',
    }),
  qr: (l) => qrCaption(subscription, l),
  subscriptions: (l) =>
    subscriptionsScreen(
      {
        subscriptions: { items: Array.from({ length: 6 }, () => subscription), page: 1, hasNext: true },
        ...{ unfinished: payment, now: NOW },
      },
      l,
    ),
  'no subscriptions': (l) =>
    subscriptionsScreen({ subscriptions: { items: [], page: 0, hasNext: false }, unfinished: undefined, now: NOW }, l),
  ...Object.fromEntries(
    (['pending', 'active', 'expired', 'revoked', 'active, no panel', 'expired, no panel'] as const).map((state) => [
      `card ${state}`,
      (l: Language) =>
        subscriptionCard(
          {
            subscription: {
              ...subscription,
              status: state.split(',')[0] as 'active',
              isPanelGone: state.includes('no panel'),
            },
            subscriptionUrl: link,
            listPage: 0,
            publicUrl: 'https://shop.example.com',
            ...at,
          },
          l,
        ),
    ]),
  ),
  'what a subscription is made of': (l) =>
    subscriptionBookScreen({ subscription, entries: longBook(), page: 0, timeZone: 'Europe/Moscow' }, l),
  'what a subscription is made of, the last page': (l) =>
    subscriptionBookScreen({ subscription, entries: longBook(), page: 99, timeZone: 'Asia/Yekaterinburg' }, l),
  help: helpScreen,
  terms: termsScreen,
  support: (l) => supportScreen('support', { userId: 4242, lastPaymentId: payment.id, contactId: 1 }, l),
  'support of a shop without a person': (l) =>
    supportScreen('support', { userId: 4242, lastPaymentId: undefined, contactId: undefined }, l),
  paysupport: (l) => supportScreen('paysupport', { userId: 4242, lastPaymentId: payment.id, contactId: 1 }, l),
  language: languageScreen,
  panels: (l) => panelsScreen([panelStanding, { ...panelStanding, goneAt: at.now }], 0, l),
  'no panels': (l) => panelsScreen([], 0, l),
  panel: (l) => panelScreen(panelStanding, 'Europe/Moscow', l),
  'panel that is gone': (l) => panelScreen({ ...panelStanding, goneAt: at.now }, 'Europe/Moscow', l),
  'panel gone?': (l) => panelSureScreen(panelStanding, l),
  'panel back?': (l) => panelSureScreen({ ...panelStanding, goneAt: at.now }, l),
  admin: (l) => adminScreen({ counts, servers, temporalUi: { url: 'http://localhost:8233', namespace: 'default' } }, l),
  ...Object.fromEntries(
    (['decided', 'done'] as const).flatMap((stage) =>
      (['active', 'expired', 'revoked'] as const).map((status) => [
        `money back ${stage}, subscription ${status}`,
        (l: Language) =>
          refundToldScreen({ ...told, stage, subscription: { ...subscription, status } }, l, 'Europe/Moscow'),
      ]),
    ),
  ),
  'money back that bought nothing': (l) =>
    refundToldScreen({ ...told, stray: true, reason: 'second-payment' }, l, 'Europe/Moscow'),
  'money back, for the owner': (l) => refundOwnerScreen(told, l),
  'money back for a reason of another time, for the owner': (l) => refundOwnerScreen({ ...told, reason: NASTY }, l),
  ...Object.fromEntries(
    ['too-late', 'used', 'off', 'renewed-since', 'a word nobody knows'].map((verdict) => [
      `no money back: ${verdict}`,
      (l: Language) => refundRefusedScreen(payment, verdict, l),
    ]),
  ),
  'money back for a subscription?': (l) => refundSureScreen(payment, l),
  'money back for a renewal?': (l) => refundSureScreen({ ...payment, renewsSubscriptionId: subscription.id }, l),
  'card that can be given back': (l) =>
    subscriptionCard(
      {
        subscription,
        subscriptionUrl: link,
        listPage: 0,
        publicUrl: 'https://shop.example.com',
        refundable: payment,
        ...at,
      },
      l,
    ),
  'a timeline of one page': (l) =>
    timelineScreen({ payment, timeline: 'payment x\n\nWhat happened', page: 0, options: [], temporalUi: undefined }, l),
  'a timeline of many pages': (l) =>
    timelineScreen(
      {
        payment,
        timeline: Array.from({ length: 300 }, (_, i) => `  ${i} ${NASTY}`).join('\n'),
        page: 1,
        options: ['retry', 'deliver', 'refund', 'close'],
        temporalUi: { url: 'http://localhost:8233', namespace: 'default' },
      },
      l,
    ),
  'people and orders found': (l) =>
    deskFoundScreen({ ...found, people: times(10, () => person), payments: [payment, payment], hasMore: true }, l),
  'a promo code and free grants found': (l) =>
    deskFoundScreen({ ...found, promo: 'X'.repeat(32), given: NASTY.repeat(20) }, l),
  'nothing found at the desk': (l) => deskFoundScreen(found, l),
  'card of somebody': (l) =>
    deskCardScreen(
      {
        ...card,
        subscriptions: times(5, () => subscription),
        otherSubscriptions: 7,
        panelSays: new Map([[subscription.id, panelSays]]),
        sums: [{ currency: 'RUB', orders: 3, paidKopecks: 35_000_001, refundedKopecks: 100 }],
        notes: times(5, (id) => ({ id, at: NOW, actor: 'operator:100001', text: NASTY })),
        payments: times(5, () => payment),
        given: 'Given for nothing\n  trial',
      },
      l,
    ),
  'card of somebody new': (l) => deskCardScreen(card, l),
  'numbers of a year': (l) => numbersScreen(numbersOf, l),
  'numbers of a new shop': (l) => numbersScreen({ ...numbersOf, money: [] }, l),
  'what the numbers mean': (l) => numbersMeaningScreen(l),
  'days to be chosen': (l) => deskDaysScreen({ subscription, timeZone: 'Europe/Moscow' }, l),
  'why days are given': (l) => deskDaysReasonScreen({ subscription, timeZone: 'Europe/Moscow', days: 365 }, l),
  'days to be confirmed': (l) =>
    deskDaysSureScreen(
      {
        ...{ subscription, timeZone: 'Europe/Moscow', days: 365, after: NOW, reason: NASTY },
        request: '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab',
      },
      l,
    ),
  'a search asked for': (l) => deskSearchScreen(l),
  'a note asked for': (l) => deskNoteScreen(person.telegramId, l),
  ...Object.fromEntries(
    (['retry', 'deliver', 'refund', 'close'] as const).map((decision) => [
      `decide ${decision}?`,
      (l: Language) => decideScreen(payment, decision, l),
    ]),
  ),
  ...Object.fromEntries(
    NOTES.map((note) => [
      `attention: ${JSON.stringify(note).slice(0, 100)}`,
      (l: Language) => attentionScreen({ payment, note: noteIn(note, l), workflowUrl: `http://${NASTY}` }, l),
    ]),
  ),
  'attention without the Web UI': (l) => attentionScreen({ payment, note: noteIn({ about: 'key-refused' }, l) }, l),
  'a key is owed': (l) => keyOwedScreen({ key: owedKey, why: 'refused', workflowUrl: `http://${NASTY}` }, l),
  'a key that cost nothing is owed': (l) =>
    keyOwedScreen({ key: { ...owedKey, freeKind: 'trial' }, why: 'unreachable' }, l),
  'the key of a free grant is refused': (l) => grantAlertScreen({ request: trialRequest, about: 'key-refused' }, l),
  ...Object.fromEntries(
    ANOMALY_KINDS.map((kind) => [
      `money: ${kind}`,
      (l: Language) => anomalyScreen({ ...anomaly, kind, providerRef: NASTY, paymentId: payment.id }, l),
    ]),
  ),
  'money that cannot be read': (l) => anomalyScreen({ ...anomaly, amount: null }, l),
  'a panel has accounts for a person': (l) =>
    accountsForAPersonScreen(
      { serverCode: NASTY, drift: { 'uuid-changed': 1, 'on-another-server': 7, missing: 3 } },
      l,
    ),
  'a panel differs': (l) =>
    panelDiffersScreen(
      {
        ...{ serverCode: NASTY, workflowId: NASTY, workflowUrl: undefined },
        ...{ ours: 100, theirs: 0, repairs: 100, drift: Object.fromEntries(DRIFT_KINDS.map((kind) => [kind, 7])) },
      },
      l,
    ),
  'catalogue not applied': (l) =>
    catalogueNoticeScreen(
      [
        { about: 'retired', part: 'servers', retired: 3, before: 4 },
        ...Array.from({ length: 12 }, () => ({
          about: 'price' as const,
          plan: plan.code,
          currency: 'RUB' as const,
          before: 29_900,
          after: 299,
        })),
        { about: 'price', plan: plan.code, currency: 'RUB', before: null, after: 299 },
      ],
      l,
    ),
  'catalogue not applied, new plan': (l) =>
    catalogueNoticeScreen([{ about: 'price', plan: plan.code, currency: 'RUB', before: null, after: 299 }], l),
  'another account': (l) =>
    accountChangeScreen(
      {
        label: { ru: 'ЮKassa', en: 'YooKassa' },
        before: '100500',
        count: 3,
        now: '700700',
        settings: ['YOOKASSA_SHOP_ID', 'YOOKASSA_SECRET_KEY'],
      },
      l,
    ),
  'a provider that is not set up': (l) =>
    missingProviderScreen({ label: { ru: 'ЮKassa', en: 'YooKassa' }, count: 3 }, l),
  'a failing step': (l) =>
    failingStepScreen(
      { step: 'recordPaid', attempt: 10, reason: NASTY, workflowId: NASTY, workflowUrl: 'https://t.io/x' },
      l,
    ),
  'a failing step of no workflow': (l) =>
    failingStepScreen({ step: 'x', attempt: 21, reason: '23514', workflowId: undefined, workflowUrl: undefined }, l),
  'useless links, address': (l) => linkNoticeScreen({ serverCode: server.code, code: 'link' }, l),
  'useless links, no servers': (l) => linkNoticeScreen({ serverCode: server.code, code: 'no-servers' }, l),
  'useless links, host': (l) => linkNoticeScreen({ serverCode: server.code, code: 'ENOTFOUND' }, l),
  'useless links, certificate': (l) => linkNoticeScreen({ serverCode: server.code, code: 'CERT_HAS_EXPIRED' }, l),
  'rate limited': (l) => rateLimitedScreen(41_000, l),
  'pay limited': (l) => payLimitedScreen(61_000, l),
  'storage away': (l) => storageAwayScreen(l),
  failure: (l) => failureScreen('AB23CD', l),
};

it('the table holds every screen', () => {
  const own = readFileSync(__filename, 'utf8');
  const folder = path.resolve(__dirname, '../../src/messages/screens');
  const screens = readdirSync(folder).flatMap((file) =>
    [...readFileSync(path.join(folder, file), 'utf8').matchAll(/^export function (\w+Screen)\(/gm)].map(
      ([, name]) => name!,
    ),
  );
  expect(screens.length).toBeGreaterThan(40);
  const used = (name: string) => (own.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1; // once it is imported
  expect(screens.filter((name) => !used(name))).toEqual([]);
});

describe.each(LANGUAGES)('every screen in %s', (language) => {
  it.each(Object.keys(SCREENS))('%s can be sent to Telegram as it is', (name) => {
    const { text, keyboard } = SCREENS[name]!(language);

    // The stand-in's parser speaks Telegram's rules; it throws what Telegram would answer.
    const parsed = parseHtml(text);
    expect(parsed.text.length).toBeGreaterThan(0);
    expect(parsed.text.length).toBeLessThanOrEqual(4096);
    expect(parsed.text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]|[^\P{Cc}\n]/u);
    expect(parsed.text).not.toMatch(/undefined|null|\[object|NaN|\{\$/);
    for (const entity of parsed.entities)
      expect([
        'bold',
        'italic',
        'code',
        'pre',
        'text_link',
        'text_mention',
        'blockquote',
        'bot_command',
        'url',
        'mention',
        'strikethrough',
      ]).toContain(entity.type);

    for (const button of keyboard?.inline_keyboard.flat() ?? []) {
      expect(Array.from(button.text).length).toBeLessThanOrEqual(40);
      expect(button.text.trim()).not.toBe('');
      expect(button.text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]|&amp;|&lt;/u);
      if ('callback_data' in button) {
        expect(Buffer.byteLength(button.callback_data)).toBeLessThanOrEqual(64);
        expect(decodeAction(button.callback_data)).toBeDefined();
      }
      if ('url' in button) expect(['https:', 'http:', 'tg:']).toContain(new URL(button.url).protocol);
      if ('copy_text' in button) expect(button.copy_text.text.length).toBeLessThanOrEqual(256);
    }
    for (const row of keyboard?.inline_keyboard ?? []) expect(row.length).toBeGreaterThan(0);
  });
});

describe('an address that no button can open', () => {
  const url = 'http://localhost:8233';
  const temporalUi = { url, namespace: 'default' };
  const workflowUrl = `${url}/namespaces/default/workflows/payment-1?a=1&b=2`;
  const owners: Record<string, Screen> = {
    admin: adminScreen({ counts, servers: [], temporalUi }, 'en'),
    attention: attentionScreen({ payment, note: noteIn({ about: 'key-refused' }, 'en'), workflowUrl }, 'en'),
    'owner’s notice': keyOwedScreen({ key: owedKey, why: 'refused', workflowUrl }, 'en'),
    timeline: timelineScreen({ payment, timeline: 'x', page: 0, options: [], temporalUi }, 'en'),
    'payment link': paymentScreen({ payment: { ...payment, confirmationUrl: `${url}/pay` }, language: 'en', ...at }),
  };
  it.each(Object.keys(owners))('stands as text: %s', (name) => {
    const { text, keyboard } = owners[name]!;
    expect(parseHtml(text).text).toContain(url);
    expect(keyboard?.inline_keyboard.flat().filter((button) => 'url' in button)).toEqual([]);
  });

  it('stands in no text where a button opens it', () => {
    const { text, keyboard } = keyOwedScreen(
      { key: owedKey, why: 'refused', workflowUrl: 'https://temporal.example/w' },
      'en',
    );
    expect(text).not.toContain('temporal.example');
    expect(keyboard?.inline_keyboard.flat()).toMatchObject([{ url: 'https://temporal.example/w' }]);
  });
});

it('a link says what is wrong with its server, in the words for a renewal where it is one', () => {
  const said = (changes: Partial<Payment>) =>
    paymentScreen({ payment: { ...payment, ...changes }, language: 'ru', ...at }).text;
  expect(said({ status: 'pending' })).not.toContain('⚠️');
  expect(said({ status: 'pending', serverTrouble: 'away' })).toContain('Этот сервер сейчас не отвечает');
  expect(said({ status: 'guarding', serverTrouble: 'no-keys' })).toContain('Этот сервер сейчас не выдаёт ключей');
  const renewal = { status: 'pending', serverTrouble: 'away', renewsSubscriptionId: subscription.id } as const;
  expect(said(renewal)).toContain('Ваш сервер сейчас не отвечает');
  // Nobody pays by a link that is over.
  expect(said({ status: 'guarding', serverTrouble: 'away', payableUntil: NOW })).not.toContain('⚠️');
});

describe('what an owner is told', () => {
  it('of a refund says why in their language', () => {
    const about = { ...told, reason: 'panel-unavailable', askedBy: 'deadline' };
    expect(refundOwnerScreen(about, 'ru').text).toContain('Причина: панель не выдала ключ вовремя');
    expect(refundOwnerScreen(about, 'en').text).toContain('Reason: the panel made no key in time');
  });

  it.each(NOTES.filter((note) => !JSON.stringify(note).includes('😀')))('is in Russian, whatever it is: %j', (note) => {
    const text = parseHtml(noteIn(note, 'ru').source).text;
    // Names of settings and programs stay as they are; two English words in a row are a sentence in English.
    expect(text).not.toMatch(/[a-z]{2,} [a-z]{2,}/i);
    expect(text).not.toBe(parseHtml(noteIn(note, 'en').source).text);
  });
});

it('that the owner knows is said only while they have been told of this very state', () => {
  const said = (changes: Partial<Payment>) =>
    paymentScreen({ payment: { ...payment, ...changes }, language: 'en', ...at }).text.includes('owner has been told');
  expect(said({ status: 'delayed' })).toBe(false);
  expect(said({ status: 'delayed', ownerToldOf: 'guarding' })).toBe(false);
  expect(said({ status: 'delayed', ownerToldOf: 'delayed' })).toBe(true);
  expect(said({ status: 'guarding', reason: 'wrong-amount' })).toBe(false);
  expect(said({ status: 'guarding', reason: 'wrong-amount', ownerToldOf: 'guarding' })).toBe(true);
});

describe('a timeline in pages', () => {
  const lines = Array.from(
    { length: 200 },
    (_, i) => `  2026-11-24 09:00:${i % 60}  yookassa  answers <${i}> & says nothing more than that`,
  );

  it('is whole: every line is on exactly one page, in its order, and each page can be sent', () => {
    const pages = timelinePages(lines.join('\n'));
    expect(pages.join('\n')).toBe(lines.join('\n'));
    expect(pages.length).toBeGreaterThan(3);
    for (const [page] of pages.entries())
      expect(
        parseHtml(
          timelineScreen(
            { payment: aPayment(), timeline: lines.join('\n'), page, options: [], temporalUi: undefined },
            'en',
          ).text,
        ).text.length,
      ).toBeLessThanOrEqual(4096);
  });

  it('beyond its end shows the last page, where it says what happens next', () => {
    const { text } = timelineScreen(
      {
        payment: aPayment(),
        timeline: [...lines, 'What happens next'].join('\n'),
        page: 999,
        options: [],
        temporalUi: undefined,
      },
      'en',
    );
    expect(text).toContain('What happens next');
  });
});

describe('what a screen says', () => {
  const buttons = (screen: Screen) => screen.keyboard?.inline_keyboard.flat() ?? [];

  it('fits the key under a photo, so that key and QR code come in one message', () => {
    for (const language of LANGUAGES) {
      const { text } = keyMessage({
        subscription: aSubscription(),
        subscriptionUrl: link,
        language,
        timeZone: 'Europe/Moscow',
        publicUrl: 'https://shop.example.com',
      });
      expect(text.length).toBeLessThanOrEqual(1024);
    }
  });

  it('shows the key as typed, tap to copy', () => {
    const { text } = keyMessage({
      subscription: aSubscription(),
      subscriptionUrl: link,
      language: 'ru',
      timeZone: 'Europe/Moscow',
    });
    expect(text).toContain(`<code>${link}</code>`);
  });

  it('hands the key to our page in the fragment only, where no server sees it', () => {
    const urls = buttons(SCREENS['key']!('ru')).flatMap((button) => ('url' in button ? [button.url] : []));
    expect(urls.length).toBeGreaterThan(0);
    for (const url of urls) {
      expect(url.split('#')[0]).not.toContain('77777777');
      expect(decodeURIComponent(new URL(url).hash.slice(1))).toBe(link);
    }
  });

  it('offers no page for the key to a shop without https: the page could be changed on the way', () => {
    expect(buttons(SCREENS['key of a shop without https']!('ru')).some((button) => 'url' in button)).toBe(false);
  });

  it('never offers to pay through a link that has run out', () => {
    expect(buttons(SCREENS['payment past its time']!('ru')).some((button) => 'url' in button)).toBe(false);
  });

  it('tells a panel that refuses as what it is where no other server is free, too', () => {
    const { text } = SCREENS['payment without another server']!('en');
    expect(text).toContain('does not accept the shop’s request');
    expect(text).toContain('There is no other free server');
  });

  it('does not name the price as returned when another amount came', () => {
    const { text } = paymentScreen({
      payment: aPayment({ status: 'refunded', reason: 'wrong-amount' }),
      language: 'ru',
      ...at,
    });
    expect(text).toContain('Пришла не та сумма');
  });

  it('has a button for each payment that an owner missed something of, and none for ids of YooKassa’s', () => {
    const screen = missedNoticesScreen(
      [
        `${payment.id}:run:7`,
        `key-owed:${payment.id}:refused`,
        'money:unknown-payment:2d9dbe8c-000f-5000-8000-1b2c3d4e5f60',
      ],
      'en',
    );
    expect(screen.text).toContain('did not reach you: 3');
    expect(buttons(screen)).toHaveLength(1);
  });

  it('asks about the money that comes: what was refunded before does not come once more', () => {
    const order = aPayment({ status: 'delayed', priceKopecks: 29_900, refundedKopecks: 10_000 });
    const question = delayRefundSureScreen(order, 'en');
    expect(question.text).toContain('₽199');
    expect(buttons(question).map(({ text }) => text)).toContainEqual(expect.stringContaining('₽199'));
  });

  it('offers another server for a key that its panel does not make, and for nothing else', () => {
    const [en, trial] = ['en', { kind: 'trial', source: '4242' }] as const;
    const labels = (stage: TrialStage, isNewKey: boolean) =>
      buttons(withOtherServer(trialStageScreen(stage, en), { of: trial, stage, isNewKey }, en)).map(({ text }) => text);
    for (const stage of TRIAL_STAGES) {
      const isOffered = PANEL_TROUBLES.some((one) => one === stage);
      expect([stage, labels(stage, true).includes('🔀 Another server')]).toEqual([stage, isOffered]);
      expect(labels(stage, false)).not.toContain('🔀 Another server');
    }
  });

  it('promises no message with a key for a voucher that is added to one that they have', () => {
    const added = { ...claimedVoucher, isNewKey: false };
    for (const [language, key, noKey] of [
      ['en', /key (arrives|in a message)/u, 'the key that you have'],
      ['ru', /ключ (придёт|я прислал)/iu, 'к вашему ключу'],
    ] as const) {
      const made = [
        voucherAskedScreen({ ...claimedVoucher, isAsked: true }, language),
        ...(['panel-unavailable', 'issued'] as const).map((stage) =>
          voucherStageScreen(stage, claimedVoucher, language),
        ),
      ];
      for (const { text } of made) expect(text).toMatch(key);
      const asked = voucherAskedScreen({ ...added, isAsked: true }, language);
      const [waiting, issued] = (['panel-unavailable', 'issued'] as const).map((one) =>
        voucherStageScreen(one, added, language),
      );
      for (const { text } of [asked, waiting!, issued!]) expect(text).not.toMatch(key);
      for (const { text } of [asked, waiting!]) expect(text).toContain(noKey);
    }
  });

  it('tells the hour with its zone', () => {
    expect(paymentScreen({ payment: aPayment(), language: 'ru', ...at }).text).toContain('13:00 по Москве');
    expect(paymentScreen({ payment: aPayment(), language: 'en', timeZone: 'Asia/Tashkent', now: NOW }).text).toContain(
      '15:00 (GMT+5)',
    );
  });

  it('speaks Russian plurals', () => {
    expect(rateLimitedScreen(1_000, 'ru').text).toContain('1 секунду');
    expect(rateLimitedScreen(3_000, 'ru').text).toContain('3 секунды');
    expect(rateLimitedScreen(11_000, 'ru').text).toContain('11 секунд,');
  });
});
