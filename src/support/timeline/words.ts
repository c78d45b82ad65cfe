import type { Language } from '../../domain/language';
import type { MoneyPlace } from '../../domain/payment';
import type { PaymentEventName } from '../../storage/postgres/payments';

/** `name`: what the record calls it; the words are for people. What is not listed is shown by its name. */
type Names = Readonly<Record<string, string>>;

/**
 * The words of a payment's timeline. Ids, statuses, reasons, and what the workflow says of itself stay as the record
 * and the Temporal Web UI have them, so that support and operators search for the same thing.
 */
export interface TimelineWords {
  readonly language: Language;
  readonly heads: Readonly<
    Record<'payment' | 'yookassa' | 'buyer' | 'what' | 'status' | 'money' | 'subscription', string>
  >;
  readonly notAtYooKassa: string;
  readonly renewal: string;
  readonly cancelledByBuyer: string;
  readonly money: Readonly<Record<MoneyPlace, string>>;
  readonly again: string;
  readonly refunded: (sum: string) => string;
  readonly on: string;
  readonly to: string;
  readonly notConfirmed: string;
  readonly confirmed: string;
  readonly confirmedOther: (at: string) => string;
  readonly happened: string;
  readonly next: string;
  readonly who: Names;
  readonly events: Readonly<Partial<Record<PaymentEventName, string>>>;
  readonly asks: (operation: string, sum: string | null, key: string) => string;
  readonly answers: (answer: string) => string;
  readonly nothing: string;
  readonly noId: string;
  readonly unreadable: string;
  readonly from: string;
  readonly handled: string;
  readonly notHandled: string;
  readonly refundFound: (attempt: number, sum: string, id: string) => string;
  readonly refundPlanned: (
    attempt: number,
    sum: string,
    stray: string | null,
    reason: string,
    askedBy: string,
  ) => string;
  readonly refundEnded: (attempt: number, status: string) => string;
  readonly message: (kind: string, userId: number, status: string) => string;
  readonly revocationDue: (server: string) => string;
  readonly revocationDone: (server: string) => string;
  readonly decided: (action: string) => string;
  readonly temporalAway: string;
  readonly finished: string;
  readonly noWorkflow: (id: string) => string;
  readonly ended: (id: string) => string;
  readonly workflow: (id: string, run: string, status: string, closedAt: string | undefined, events: number) => string;
  readonly needsAttention: string;
  readonly noWorker: string;
  readonly attempt: (number: number) => string;
  readonly againAt: (at: string) => string;
  readonly running: string;
  readonly lastSaid: (failure: string) => string;
}

const en: TimelineWords = {
  language: 'en',
  heads: {
    payment: 'payment',
    yookassa: 'YooKassa',
    buyer: 'buyer',
    what: 'what',
    status: 'status',
    money: 'the money',
    subscription: 'subscription',
  },
  notAtYooKassa: 'not created there',
  renewal: 'a renewal',
  cancelledByBuyer: 'cancelled by the buyer',
  money: { buyer: 'with the buyer', shop: 'with the shop', 'on-the-way-back': 'on its way back to the buyer' },
  again: 'again',
  refunded: (sum) => `${sum} of it refunded`,
  on: 'on',
  to: 'to',
  notConfirmed: 'not confirmed by the panel',
  confirmed: 'confirmed by the panel',
  confirmedOther: (at) => `the panel has confirmed ${at}`,
  happened: 'What happened (UTC)',
  next: 'What happens next',
  who: {},
  events: {},
  asks: (operation, sum, key) =>
    `asks YooKassa to ${operation.replace('-', ' a ')}${sum === null ? '' : ` of ${sum}`}, Idempotence-Key ${key}`,
  answers: (answer) => `answers: ${answer}`,
  nothing: 'nothing',
  noId: 'no id',
  unreadable: 'unreadable',
  from: 'from',
  handled: 'handled',
  notHandled: 'not handled yet',
  refundFound: (attempt, sum, id) => `refund ${attempt} found: ${sum}, made outside the shop (${id})`,
  refundPlanned: (attempt, sum, stray, reason, askedBy) =>
    `refund ${attempt} planned: ${sum}${stray === null ? '' : ` of YooKassa's payment ${stray}, which buys nothing`}, ${reason}, asked by ${askedBy}`,
  refundEnded: (attempt, status) => `refund ${attempt} ${status}`,
  message: (kind, userId, status) => `"${kind}" to ${userId}: ${status}`,
  revocationDue: (server) => `access on ${server} is to be revoked`,
  revocationDone: (server) => `access on ${server} is revoked`,
  decided: (action) => `decided: ${action}`,
  temporalAway: 'Temporal does not answer, so what the workflow is doing is not known; npm run doctor',
  finished: 'nothing: it is finished',
  noWorkflow: (id) => `no workflow looks after it; npm run payment -- retry ${id}`,
  ended: (id) => `it has ended, the payment has not; npm run payment -- retry ${id}`,
  workflow: (id, run, status, closedAt, events) =>
    `workflow ${id} (run ${run}): ${status}${closedAt === undefined ? '' : ` at ${closedAt}`}, ${events} events`,
  needsAttention: 'NEEDS ATTENTION',
  noWorker: 'no worker answers; it goes on when one is back',
  attempt: (number) => `attempt ${number}`,
  againAt: (at) => `again at ${at}`,
  running: 'running',
  lastSaid: (failure) => `it last said: ${failure}`,
};

const ru: TimelineWords = {
  language: 'ru',
  heads: {
    payment: 'платёж',
    yookassa: 'ЮKassa',
    buyer: 'покупатель',
    what: 'что',
    status: 'статус',
    money: 'деньги',
    subscription: 'подписка',
  },
  notAtYooKassa: 'там не создан',
  renewal: 'продление',
  cancelledByBuyer: 'отменён покупателем',
  money: { buyer: 'у покупателя', shop: 'у магазина', 'on-the-way-back': 'возвращаются покупателю' },
  again: 'снова',
  refunded: (sum) => `из них возвращено ${sum}`,
  on: 'на',
  to: 'до',
  notConfirmed: 'панель ещё не подтвердила',
  confirmed: 'подтверждено панелью',
  confirmedOther: (at) => `панель подтвердила ${at}`,
  happened: 'Что было (UTC)',
  next: 'Что дальше',
  who: {
    buyer: 'покупатель',
    workflow: 'процесс',
    yookassa: 'ЮKassa',
    webhook: 'вебхук',
    panel: 'панель',
    telegram: 'Telegram',
    record: 'учёт',
  },
  events: {
    confirmed: 'подтвердил заказ',
    'link-created': 'ссылка на оплату создана',
    'creation-refused': 'отказано в создании платежа',
    'says-succeeded': 'ответ: оплачен',
    'says-canceled': 'ответ: отменён',
    'says-mismatch': 'ответ: оплачен не так, как заказан',
    paid: 'деньги записаны',
    'paid-in-vain': 'деньги пришли, а выдавать нечего',
    delivered: 'доступ выдан',
    'server-changed': 'другой сервер',
    'key-sent': 'ключ отправлен',
    'buyer-unreachable': 'покупателю нельзя написать',
    'refund-decided': 'решён возврат',
    'refund-succeeded': 'деньги возвращены',
    'refund-canceled': 'в возврате отказано',
    'refund-made-outside': 'возврат сделан в кабинете',
    'taken-up-by-reconciliation': 'сверка взялась за него снова',
  } satisfies Record<PaymentEventName, string>,
  asks: (operation, sum, key) =>
    `просит ЮKassa: ${{ 'create-payment': 'создать платёж', 'create-refund': 'вернуть деньги' }[operation] ?? operation}${sum === null ? '' : `, ${sum}`}, Idempotence-Key ${key}`,
  answers: (answer) => `отвечает: ${answer}`,
  nothing: 'ничего',
  noId: 'без номера',
  unreadable: 'не читается',
  from: 'от',
  handled: 'обработан',
  notHandled: 'ещё не обработан',
  refundFound: (attempt, sum, id) => `найден возврат ${attempt}: ${sum}, сделан не магазином (${id})`,
  refundPlanned: (attempt, sum, stray, reason, askedBy) =>
    `намечен возврат ${attempt}: ${sum}${stray === null ? '' : ` с платежа ЮKassa ${stray}, за который ничего не выдано`}, ${reason}, по просьбе ${askedBy}`,
  refundEnded: (attempt, status) => `возврат ${attempt}: ${status}`,
  message: (kind, userId, status) => `«${kind}» для ${userId}: ${status}`,
  revocationDue: (server) => `доступ на ${server} надо забрать`,
  revocationDone: (server) => `доступ на ${server} забран`,
  decided: (action) => `решение: ${action}`,
  temporalAway: 'Temporal не отвечает, поэтому неизвестно, чем занят процесс; npm run doctor',
  finished: 'ничего: всё закончено',
  noWorkflow: (id) => `за ним никто не следит; npm run payment -- retry ${id}`,
  ended: (id) => `процесс закончился, а платёж нет; npm run payment -- retry ${id}`,
  workflow: (id, run, status, closedAt, events) =>
    `процесс ${id} (запуск ${run}): ${status}${closedAt === undefined ? '' : `, ${closedAt}`}, событий: ${events}`,
  needsAttention: 'НУЖЕН ЧЕЛОВЕК',
  noWorker: 'ни один worker не отвечает; процесс продолжится, когда он вернётся',
  attempt: (number) => `попытка ${number}`,
  againAt: (at) => `снова в ${at}`,
  running: 'идёт',
  lastSaid: (failure) => `последняя ошибка: ${failure}`,
};

export const TIMELINE_WORDS: Readonly<Record<Language, TimelineWords>> = { ru, en };
